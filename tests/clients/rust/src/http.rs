//! The crate `clickhouse`: typed rows, checked against the table, inserts in streams, parameters, errors.

use clickhouse::{Client, Compression, Row, error::Error, error::Result, sql::Identifier};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Good {
    id: u64,
    name: Option<String>,
    tags: Vec<String>,
    pair: (i8, f64),
    #[serde(with = "clickhouse::serde::uuid")]
    key: Uuid,
    #[serde(with = "clickhouse::serde::time::datetime64::millis")]
    at: OffsetDateTime,
    vector: Vec<f32>,
    flag: bool,
}

const TABLE: &str = "goods";
const ROWS: u64 = 200_000;

fn good(id: u64) -> Good {
    Good {
        id,
        name: (id % 3 != 0).then(|| format!("it's {id}\\")),
        tags: (0..id % 3).map(|tag| format!("tag {tag}")).collect(),
        pair: (-1, id as f64 / 4.0),
        key: Uuid::from_u128(u128::from(id) << 64 | 7),
        at: OffsetDateTime::from_unix_timestamp(1_600_000_000 + id as i64).unwrap(),
        vector: vec![id as f32, 1.0, 2.0, 3.0],
        flag: id % 2 == 0,
    }
}

pub async fn check(port: u16) -> Result<()> {
    for compression in [Compression::None, Compression::Lz4] {
        let client = Client::default()
            .with_url(format!("http://127.0.0.1:{port}"))
            .with_compression(compression);
        rows(&client).await?;
        failures(&client).await?;
    }
    Ok(())
}

async fn rows(client: &Client) -> Result<()> {
    let create = "CREATE TABLE goods (id UInt64, name Nullable(String), tags Array(LowCardinality(String)),
        pair Tuple(Int8, Float64), key UUID, at DateTime64(3, 'UTC'), vector Array(Float32), flag Bool)
        ENGINE = MergeTree ORDER BY id";
    client.query(create).execute().await?;
    let mut insert = client.insert::<Good>(TABLE).await?;
    for id in 0..ROWS {
        insert.write(&good(id)).await?;
    }
    insert.end().await?;
    let mut inserter = client.inserter::<Good>(TABLE).with_max_rows(10);
    for id in ROWS..ROWS + 100 {
        inserter.write(&good(id)).await?;
        inserter.commit().await?;
    }
    inserter.end().await?;
    let mut cursor = client.query("SELECT ?fields FROM goods ORDER BY id").fetch::<Good>()?;
    let mut next = 0;
    while let Some(row) = cursor.next().await? {
        assert_eq!(row, good(next));
        next += 1;
    }
    assert_eq!(next, ROWS + 100);
    let some = client.query("SELECT ?fields FROM ? WHERE name = ? AND id BETWEEN ? AND {last: UInt64}");
    let some = some.bind(Identifier(TABLE)).bind("it's 5\\").bind(1).param("last", 10);
    assert_eq!(some.fetch_all::<Good>().await?, [good(5)]);
    let nearest = client
        .query("SELECT id FROM goods ORDER BY L2Distance(vector, ?) LIMIT 1")
        .bind(vec![77.2f32, 1.0, 2.0, 3.0]);
    assert_eq!(nearest.fetch_one::<u64>().await?, 77);
    client
        .clone()
        .with_setting("mutations_sync", "1")
        .query("ALTER TABLE goods DELETE WHERE id >= ?")
        .bind(ROWS)
        .execute()
        .await?;
    assert_eq!(
        client.query("SELECT count() FROM goods").fetch_one::<u64>().await?,
        ROWS
    );
    client.query("DROP TABLE goods").execute().await
}

async fn failures(client: &Client) -> Result<()> {
    for (query, code) in [
        ("SELECT nothing", "Code: 47"),
        ("SELECT throwIf(number = 2000000) FROM numbers(3000000)", "Code: 395"),
    ] {
        match client.query(query).fetch_all::<u8>().await {
            Err(Error::BadResponse(text)) => assert!(text.contains(code), "{text}"),
            other => panic!("{query}: {other:?}"),
        }
    }
    assert_eq!(client.query("SELECT 7").fetch_one::<u8>().await?, 7);
    Ok(())
}
