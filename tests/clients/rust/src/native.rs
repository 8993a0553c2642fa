//! The crate `klickhouse`: blocks both ways, many queries over one connection, errors in between.

use futures_util::{StreamExt, stream};
use klickhouse::{Client, ClientOptions, KlickhouseError, Result, Row, Uuid};

#[derive(Row, Debug, Clone, PartialEq)]
struct Good {
    id: u64,
    name: Option<String>,
    tags: Vec<String>,
    key: Uuid,
    vector: Vec<f32>,
}

const ROWS: u64 = 100_000;
const BLOCK: u64 = 10_000;

fn good(id: u64) -> Good {
    Good {
        id,
        name: (id % 3 != 0).then(|| format!("name {id}")),
        tags: (0..id % 3).map(|tag| format!("tag {tag}")).collect(),
        key: Uuid::from_u128(u128::from(id) << 64 | 7),
        vector: vec![id as f32, 1.0],
    }
}

pub async fn check(port: u16) -> Result<()> {
    let client = Client::connect(("127.0.0.1", port), ClientOptions::default()).await?;
    client
        .execute(
            "CREATE TABLE goods (id UInt64, name Nullable(String), tags Array(String), key UUID, vector Array(Float32))
            ENGINE = MergeTree ORDER BY id",
        )
        .await?;
    let blocks = (0..ROWS / BLOCK).map(|block| (block * BLOCK..(block + 1) * BLOCK).map(good).collect::<Vec<_>>());
    client
        .insert_native("INSERT INTO goods FORMAT Native", stream::iter(blocks))
        .await?;
    let mut rows = client.query::<Good, _>("SELECT * FROM goods ORDER BY id").await?;
    let mut next = 0;
    while let Some(row) = rows.next().await {
        assert_eq!(row?, good(next));
        next += 1;
    }
    assert_eq!(next, ROWS);
    let failed = client.query_collect::<Good>("SELECT nothing").await;
    assert!(
        matches!(failed, Err(KlickhouseError::ServerException { code: 47, .. })),
        "{failed:?}"
    );
    let wrong = client
        .insert_native_block("INSERT INTO nothing FORMAT Native", vec![good(1)])
        .await;
    assert!(
        matches!(wrong, Err(KlickhouseError::ServerException { code: 60, .. })),
        "{wrong:?}"
    );
    let one: Good = client.query_one("SELECT * FROM goods WHERE id = 77").await?;
    assert_eq!(one, good(77));
    client.execute("DROP TABLE goods").await
}
