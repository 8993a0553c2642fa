//! CityHash64 of version 1.0.2, which ClickHouse keeps for good: later versions give other values.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;
const K3: u64 = 0xc949_d7c7_509e_6557;
const MULTIPLIER: u64 = 0x9ddf_ea08_eb38_2d69;

fn fetch64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}

fn fetch32(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index])))
}

fn shift_mix(value: u64) -> u64 {
    value ^ (value >> 47)
}

/// Two hashes combined to one.
pub fn hash_128_to_64(low: u64, high: u64) -> u64 {
    let mut a = (low ^ high).wrapping_mul(MULTIPLIER);
    a ^= a >> 47;
    let mut b = (high ^ a).wrapping_mul(MULTIPLIER);
    b ^= b >> 47;
    b.wrapping_mul(MULTIPLIER)
}

fn up_to_16(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if len > 8 {
        let (a, b) = (fetch64(bytes, 0), fetch64(bytes, len - 8));
        return hash_128_to_64(a, b.wrapping_add(len as u64).rotate_right(len as u32)) ^ b;
    }
    if len >= 4 {
        return hash_128_to_64(
            (len as u64).wrapping_add(fetch32(bytes, 0) << 3),
            fetch32(bytes, len - 4),
        );
    }
    if len > 0 {
        let (a, b, c) = (
            u32::from(bytes[0]),
            u32::from(bytes[len >> 1]),
            u32::from(bytes[len - 1]),
        );
        let y = a.wrapping_add(b << 8);
        let z = (len as u32).wrapping_add(c << 2);
        return shift_mix(u64::from(y).wrapping_mul(K2) ^ u64::from(z).wrapping_mul(K3)).wrapping_mul(K2);
    }
    K2
}

fn up_to_32(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let a = fetch64(bytes, 0).wrapping_mul(K1);
    let b = fetch64(bytes, 8);
    let c = fetch64(bytes, len - 8).wrapping_mul(K2);
    let d = fetch64(bytes, len - 16).wrapping_mul(K0);
    hash_128_to_64(
        a.wrapping_sub(b)
            .rotate_right(43)
            .wrapping_add(c.rotate_right(30))
            .wrapping_add(d),
        a.wrapping_add((b ^ K3).rotate_right(20))
            .wrapping_sub(c)
            .wrapping_add(len as u64),
    )
}

fn weak_32(words: [u64; 4], mut a: u64, mut b: u64) -> (u64, u64) {
    let [w, x, y, z] = words;
    a = a.wrapping_add(w);
    b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    a = a.wrapping_add(x).wrapping_add(y);
    b = b.wrapping_add(a.rotate_right(44));
    (a.wrapping_add(z), b.wrapping_add(c))
}

fn weak_32_at(bytes: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    weak_32(std::array::from_fn(|index| fetch64(bytes, at + index * 8)), a, b)
}

fn up_to_64(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let mut z = fetch64(bytes, 24);
    let mut a = fetch64(bytes, 0).wrapping_add((len as u64).wrapping_add(fetch64(bytes, len - 16)).wrapping_mul(K0));
    let mut b = a.wrapping_add(z).rotate_right(52);
    let mut c = a.rotate_right(37);
    a = a.wrapping_add(fetch64(bytes, 8));
    c = c.wrapping_add(a.rotate_right(7));
    a = a.wrapping_add(fetch64(bytes, 16));
    let (vf, vs) = (a.wrapping_add(z), b.wrapping_add(a.rotate_right(31)).wrapping_add(c));
    a = fetch64(bytes, 16).wrapping_add(fetch64(bytes, len - 32));
    z = fetch64(bytes, len - 8);
    b = a.wrapping_add(z).rotate_right(52);
    c = a.rotate_right(37);
    a = a.wrapping_add(fetch64(bytes, len - 24));
    c = c.wrapping_add(a.rotate_right(7));
    a = a.wrapping_add(fetch64(bytes, len - 16));
    let (wf, ws) = (a.wrapping_add(z), b.wrapping_add(a.rotate_right(31)).wrapping_add(c));
    let r = shift_mix(
        vf.wrapping_add(ws)
            .wrapping_mul(K2)
            .wrapping_add(wf.wrapping_add(vs).wrapping_mul(K0)),
    );
    shift_mix(r.wrapping_mul(K0).wrapping_add(vs)).wrapping_mul(K2)
}

/// The hash of a string.
pub fn hash(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    match len {
        0..=16 => return up_to_16(bytes),
        17..=32 => return up_to_32(bytes),
        33..=64 => return up_to_64(bytes),
        _ => {}
    }
    let mut x = fetch64(bytes, 0);
    let mut y = fetch64(bytes, len - 16) ^ K1;
    let mut z = fetch64(bytes, len - 56) ^ K0;
    let mut v = weak_32_at(bytes, len - 64, len as u64, y);
    let mut w = weak_32_at(bytes, len - 32, (len as u64).wrapping_mul(K1), K0);
    z = z.wrapping_add(shift_mix(v.1).wrapping_mul(K1));
    x = z.wrapping_add(x).rotate_right(39).wrapping_mul(K1);
    y = y.rotate_right(33).wrapping_mul(K1);
    for at in (0..(len - 1) & !63).step_by(64) {
        x = x
            .wrapping_add(y)
            .wrapping_add(v.0)
            .wrapping_add(fetch64(bytes, at + 16))
            .rotate_right(37)
            .wrapping_mul(K1);
        y = y
            .wrapping_add(v.1)
            .wrapping_add(fetch64(bytes, at + 48))
            .rotate_right(42)
            .wrapping_mul(K1);
        x ^= w.1;
        y ^= v.0;
        z = (z ^ w.0).rotate_right(33);
        v = weak_32_at(bytes, at, v.1.wrapping_mul(K1), x.wrapping_add(w.0));
        w = weak_32_at(bytes, at + 32, z.wrapping_add(w.1), y);
        std::mem::swap(&mut z, &mut x);
    }
    hash_128_to_64(
        hash_128_to_64(v.0, w.0)
            .wrapping_add(shift_mix(y).wrapping_mul(K1))
            .wrapping_add(z),
        hash_128_to_64(v.1, w.1).wrapping_add(x),
    )
}
