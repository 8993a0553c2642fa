//! What a `vector_similarity(…)` clause says, checked in ClickHouse's order and words.

use crate::{Error, Result};

/// usearch's own number of links per node, taken where the definition says 0.
const M_OF_USEARCH: u32 = 16;
/// usearch's own candidate list while building, taken where the definition says 0.
const EF_CONSTRUCTION_OF_USEARCH: u32 = 128;
/// ClickHouse's links per node where the definition has three arguments.
const M_DEFAULT: u64 = 32;
/// ClickHouse's candidate list while building where the definition has three arguments.
const EF_CONSTRUCTION_DEFAULT: u64 = 128;
/// Links a node may have; more is a typing error and would only cost memory.
const M_MAX: u64 = 100_000;

/// How two vectors are compared. An index can have one of the first three, exact search all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// `L2Distance`; the key is the squared distance.
    L2,
    /// `cosineDistance`; the key is the distance.
    Cosine,
    /// `dotProduct`; the key is the negated product, as the largest product is the nearest.
    Dot,
    /// `L2SquaredDistance`; the key is the distance.
    L2Squared,
    /// `L1Distance`; the key is the distance.
    L1,
    /// `LinfDistance`; the key is the distance.
    Linf,
}

impl Metric {
    /// The value of the SQL function for an ascending key of [`crate::Hit`].
    pub fn to_sql(self, key: f64) -> f64 {
        match self {
            Metric::L2 => key.sqrt(),
            Metric::Dot => -key,
            Metric::Cosine | Metric::L2Squared | Metric::L1 | Metric::Linf => key,
        }
    }

    /// The SQL function, as an index definition names it.
    pub fn name(self) -> &'static str {
        match self {
            Metric::L2 => "L2Distance",
            Metric::Cosine => "cosineDistance",
            Metric::Dot => "dotProduct",
            Metric::L2Squared => "L2SquaredDistance",
            Metric::L1 => "L1Distance",
            Metric::Linf => "LinfDistance",
        }
    }

    /// True where the nearest rows come with `ORDER BY … ASC`.
    pub fn nearest_is_smallest(self) -> bool {
        self != Metric::Dot
    }
}

/// How the index keeps the vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantization {
    /// 8 bytes a number.
    F64,
    /// 4 bytes a number.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32: ClickHouse's default.
    BF16,
    /// One signed byte a number, with a scale per vector.
    I8,
    /// One bit a number: its sign; compared by Hamming distance.
    B1,
}

impl Quantization {
    /// Bits of a number.
    pub fn bits(self) -> usize {
        match self {
            Quantization::F64 => 64,
            Quantization::F32 => 32,
            Quantization::F16 | Quantization::BF16 => 16,
            Quantization::I8 => 8,
            Quantization::B1 => 1,
        }
    }

    /// The name in a definition.
    pub fn name(self) -> &'static str {
        match self {
            Quantization::F64 => "f64",
            Quantization::F32 => "f32",
            Quantization::F16 => "f16",
            Quantization::BF16 => "bf16",
            Quantization::I8 => "i8",
            Quantization::B1 => "b1",
        }
    }
}

/// One argument of an index type as the parser saw it.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `2`
    UInt(u64),
    /// `-2`
    Int(i64),
    /// `2.5`
    Float(f64),
    /// `'hnsw'` or bare `hnsw`
    Text(String),
}

/// A `vector_similarity` index: everything its file depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VectorIndexDefinition {
    /// How vectors are compared.
    pub metric: Metric,
    /// Numbers per vector, at least 1.
    pub dimensions: usize,
    /// How vectors are kept.
    pub quantization: Quantization,
    /// Links per node on the upper levels (`hnsw_max_connections_per_layer`); twice as many on the base level.
    pub m: u32,
    /// `hnsw_candidate_list_size_for_construction`
    pub ef_construction: u32,
}

impl VectorIndexDefinition {
    /// Reads `(method, distance, dimensions [, quantization, M, ef_construction])`.
    pub fn parse(arguments: &[Literal]) -> Result<Self> {
        if arguments.len() != 3 && arguments.len() != 6 {
            return Err(Error::Query(
                "Vector similarity index must have three or six arguments".into(),
            ));
        }
        let method = text(arguments, 0, "First", "method")?;
        let metric = text(arguments, 1, "Second", "metric")?;
        let dimensions = number(arguments, 2, "Third", "dimensions")?;
        let (mut quantization, mut m, mut ef) = ("bf16", M_DEFAULT, EF_CONSTRUCTION_DEFAULT);
        if arguments.len() == 6 {
            quantization = text(arguments, 3, "Fourth", "quantization")?;
            m = number(arguments, 4, "Fifth", "hnsw_max_connections_per_layer")?;
            ef = number(arguments, 5, "Sixth", "hnsw_candidate_list_size_for_construction")?;
        }
        if method != "hnsw" {
            return Err(Error::Data(
                "First argument (method) of vector similarity index is not supported. Supported methods are: hnsw"
                    .into(),
            ));
        }
        let metric = metric_named(metric)?;
        if dimensions == 0 {
            return Err(Error::Data(
                "Third argument (dimensions) of vector similarity index must be > 0".into(),
            ));
        }
        let quantization = quantization_named(quantization)?;
        if quantization == Quantization::B1 {
            check_binary(metric, dimensions)?;
        }
        Ok(Self {
            metric,
            dimensions: usize::try_from(dimensions).expect("usize has 64 bits here"),
            quantization,
            m: links(m)?,
            ef_construction: if ef == 0 {
                EF_CONSTRUCTION_OF_USEARCH
            } else {
                u32::try_from(ef).unwrap_or(u32::MAX)
            },
        })
    }
}

fn text<'a>(arguments: &'a [Literal], at: usize, ordinal: &str, name: &str) -> Result<&'a str> {
    match &arguments[at] {
        Literal::Text(value) => Ok(value),
        _ => Err(wrong_type(ordinal, name, "String")),
    }
}

fn number(arguments: &[Literal], at: usize, ordinal: &str, name: &str) -> Result<u64> {
    match arguments[at] {
        Literal::UInt(value) => Ok(value),
        _ => Err(wrong_type(ordinal, name, "UInt64")),
    }
}

fn wrong_type(ordinal: &str, name: &str, wanted: &str) -> Error {
    Error::Query(format!(
        "{ordinal} argument of vector similarity index ({name}) must be of type {wanted}"
    ))
}

fn metric_named(name: &str) -> Result<Metric> {
    match name {
        "L2Distance" => Ok(Metric::L2),
        "cosineDistance" => Ok(Metric::Cosine),
        "dotProduct" => Ok(Metric::Dot),
        _ => Err(Error::Data(
            "Second argument (distance function) of vector similarity index is not supported. Supported distance \
             function are: cosineDistance, dotProduct, L2Distance"
                .into(),
        )),
    }
}

fn quantization_named(name: &str) -> Result<Quantization> {
    use Quantization::{B1, BF16, F16, F32, F64, I8};
    [F64, F32, F16, BF16, I8, B1]
        .into_iter()
        .find(|quantization| quantization.name() == name)
        .ok_or_else(|| {
            Error::Data(
                "Fourth argument (quantization) of vector similarity index is not supported. Supported quantizations \
             are: f64, f16, i8, b1, bf16, f32"
                    .into(),
            )
        })
}

fn check_binary(metric: Metric, dimensions: u64) -> Result<()> {
    if metric != Metric::Cosine {
        return Err(Error::Data(
            "Binary quantization in vector similarity index can only be used with the cosine distance as distance \
             function"
                .into(),
        ));
    }
    if !dimensions.is_multiple_of(8) {
        return Err(Error::Data(
            "Binary quantization in vector similarity index requires that the dimension is a multiple of 8".into(),
        ));
    }
    Ok(())
}

fn links(m: u64) -> Result<u32> {
    let refused = |why: &str| {
        Error::Data(format!(
            "Invalid parameters passed to vector similarity index. Error: {why}"
        ))
    };
    match m {
        0 => Ok(M_OF_USEARCH),
        1 => Err(refused(
            "Connectivity must be at least 2, otherwise the index degenerates into ropes",
        )),
        2..=M_MAX => Ok(u32::try_from(m).expect("bounded by M_MAX")),
        _ => Err(refused("Connectivity must be at most 100000")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Literal, Metric, Quantization, VectorIndexDefinition};

    /// `arguments` as in SQL: numbers, everything else text.
    fn parse(arguments: &str) -> crate::Result<VectorIndexDefinition> {
        let literal = |text: &str| match (text.parse(), text.parse(), text.parse()) {
            (Ok(number), ..) => Literal::UInt(number),
            (_, Ok(number), _) => Literal::Int(number),
            (.., Ok(number)) => Literal::Float(number),
            _ => Literal::Text(text.into()),
        };
        VectorIndexDefinition::parse(&arguments.split_whitespace().map(literal).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(arguments: &str, expected: &str) {
        let error = parse(arguments).unwrap_err();
        assert!(error.to_string().contains(expected), "{arguments}: {error}");
    }

    #[test]
    fn three_arguments_are_six() {
        let short = parse("hnsw L2Distance 5").unwrap();
        assert_eq!(short, parse("hnsw L2Distance 5 bf16 32 128").unwrap());
        assert_eq!(
            (short.metric, short.dimensions, short.quantization),
            (Metric::L2, 5, Quantization::BF16)
        );
        let own = parse("hnsw dotProduct 5 f64 0 0").unwrap();
        assert_eq!((own.m, own.ef_construction), (16, 128));
        assert_eq!(parse("hnsw cosineDistance 8 b1 100000 7").unwrap().m, 100_000);
    }

    #[test]
    fn errors_come_in_clickhouses_order() {
        check("", "Vector similarity index must have three or six arguments");
        check("hnsw L2Distance", "must have three or six arguments");
        check(
            "1 2 x",
            "First argument of vector similarity index (method) must be of type String",
        );
        check(
            "x 2 x",
            "Second argument of vector similarity index (metric) must be of type String",
        );
        check(
            "x x -1",
            "Third argument of vector similarity index (dimensions) must be of type UInt64",
        );
        check(
            "x x 2.5",
            "Third argument of vector similarity index (dimensions) must be of type UInt64",
        );
        check(
            "x x 0 1 1 1",
            "Fourth argument of vector similarity index (quantization) must be of type String",
        );
        check(
            "x x 0 x -1 1",
            "Fifth argument of vector similarity index (hnsw_max_connections_per_layer)",
        );
        check(
            "x x 0 x 1 x",
            "Sixth argument of vector similarity index (hnsw_candidate_list_size_for_construction)",
        );
        check(
            "HNSW x 0",
            "First argument (method) of vector similarity index is not supported. Supported methods are: hnsw",
        );
        check(
            "hnsw distanceL2 0",
            "Supported distance function are: cosineDistance, dotProduct, L2Distance",
        );
        check(
            "hnsw L2Distance 0",
            "Third argument (dimensions) of vector similarity index must be > 0",
        );
        check(
            "hnsw L2Distance 3 BF16 1 1",
            "Supported quantizations are: f64, f16, i8, b1, bf16, f32",
        );
        check(
            "hnsw dotProduct 3 b1 1 1",
            "can only be used with the cosine distance as distance function",
        );
        check(
            "hnsw cosineDistance 3 b1 1 1",
            "requires that the dimension is a multiple of 8",
        );
        check(
            "hnsw L2Distance 3 bf16 1 1",
            "Error: Connectivity must be at least 2, otherwise the index degenerates into ropes",
        );
    }
}
