//! How the values of a column are encoded and compressed in Parquet files.

use parquet::basic::{Compression as ParquetCompression, Encoding as ParquetEncoding, Type, ZstdLevel};

/// How a column is stored where it is not a column of vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnCoding {
    /// Of its pages.
    pub compression: Compression,
    /// Of its numbers.
    pub encoding: Encoding,
}

/// How pages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// LZ4_RAW.
    #[default]
    Lz4,
    /// ZSTD with a level from 1 to 22.
    Zstd(u8),
}

/// How numbers are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    #[default]
    Plain,
    /// Integers by their differences: DELTA_BINARY_PACKED.
    Delta,
    /// Floats byte by byte: BYTE_STREAM_SPLIT.
    ByteStreamSplit,
}

impl ColumnCoding {
    pub(crate) fn compression(self) -> ParquetCompression {
        match self.compression {
            Compression::None => ParquetCompression::UNCOMPRESSED,
            Compression::Lz4 => ParquetCompression::LZ4_RAW,
            Compression::Zstd(level) => ParquetCompression::ZSTD(ZstdLevel::try_new(level.into()).unwrap_or_default()),
        }
    }

    /// None where Parquet has no such encoding for the type.
    pub(crate) fn encoding(self, physical: Type) -> Option<ParquetEncoding> {
        match (self.encoding, physical) {
            (Encoding::Delta, Type::INT32 | Type::INT64) => Some(ParquetEncoding::DELTA_BINARY_PACKED),
            (Encoding::ByteStreamSplit, Type::FLOAT | Type::DOUBLE) => Some(ParquetEncoding::BYTE_STREAM_SPLIT),
            _ => None,
        }
    }
}
