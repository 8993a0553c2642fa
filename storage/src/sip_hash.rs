//! SipHash-2-4 with a zero key and 128 bits of result, as ClickHouse hashes partition values that are not integers.

/// A running hash. Parts of the input may come in pieces of any size.
#[derive(Default)]
pub(crate) struct SipHash {
    pending: Vec<u8>,
}

impl SipHash {
    pub fn update(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes); // keys are short: gathering them is simpler than a block state
    }

    /// The hash as 32 hex digits, in ClickHouse's byte order.
    pub fn finish_hex(self) -> String {
        let mut state: [u64; 4] = [
            0x736f_6d65_7073_6575,
            0x646f_7261_6e64_6f6d,
            0x6c79_6765_6e65_7261,
            0x7465_6462_7974_6573,
        ];
        let words = self.pending.chunks_exact(8);
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        last[7] = self.pending.len() as u8; // the length modulo 256, as SipHash defines it
        for word in words.chain(std::iter::once(&last[..])) {
            let word = u64::from_le_bytes(word.try_into().expect("chunks of eight bytes"));
            state[3] ^= word;
            rounds(&mut state, 2);
            state[0] ^= word;
        }
        state[2] ^= 0xff;
        rounds(&mut state, 4);
        let halves = [state[0] ^ state[1], state[2] ^ state[3]];
        halves
            .iter()
            .flat_map(|half| half.to_le_bytes())
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}
