// @clickhouse/client: rows, streams, parameters, compression, sessions, errors, cancelling.
// Argument: the HTTP port.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { createClient } from '@clickhouse/client'

const url = `http://127.0.0.1:${process.argv[2]}`

async function values(client) {
  await client.command({
    query: `CREATE TABLE t (id UInt64, name Nullable(String), big Int64, at DateTime64(3, 'UTC'), tags Array(String),
      pair Tuple(a UInt8, b String), counts Map(String, UInt32), price Decimal(18, 4), kind Enum8('x' = 1, 'y' = 2))
      ENGINE = MergeTree ORDER BY id`,
  })
  assert.deepEqual(await rows(client, 'SELECT * FROM t'), [])
  const row = {
    id: '18446744073709551615', name: null, big: '-9223372036854775808', at: '2020-01-01 01:02:03.004', tags: ["it's", '\\'],
    pair: { a: 1, b: 'ü' }, counts: { one: 1 }, price: 1.25, kind: 'y',
  }
  await client.insert({ table: 't', values: [row], format: 'JSONEachRow' })
  const settings = { output_format_json_quote_64bit_integers: 1 }
  assert.deepEqual(await rows(client, 'SELECT * FROM t', { clickhouse_settings: settings }), [row])
  await client.insert({ table: 't', columns: ['id', 'name'], values: [[1, 'one'], [2, 'two']], format: 'JSONCompactEachRow' })
  const named = await rows(client, 'SELECT name FROM t WHERE name = {name: String} AND id IN {ids: Array(UInt64)}', {
    query_params: { name: 'two', ids: [1, 2] },
  })
  assert.deepEqual(named, [{ name: 'two' }])
  await client.command({ query: 'DROP TABLE t' })
}

async function rows(client, query, options = {}) {
  const answer = await client.query({ query, format: 'JSONEachRow', ...options })
  return answer.json()
}

async function formats(client) {
  const query = "SELECT number AS n, toString(number) AS s FROM numbers(3)"
  const json = await (await client.query({ query, format: 'JSON' })).json()
  assert.equal(json.rows, 3)
  assert.deepEqual(json.meta.map((column) => column.type), ['UInt64', 'String'])
  const compact = await (await client.query({ query, format: 'JSONCompact' })).json()
  assert.deepEqual(compact.data[2], ['2', '2'].map((value, place) => (place ? value : json.data[2].n)))
  assert.equal(await (await client.query({ query, format: 'CSV' })).text(), '0,"0"\n1,"1"\n2,"2"\n')
  const parquet = await client.exec({ query: query + ' FORMAT Parquet' })
  const chunks = await parquet.stream.toArray()
  assert.equal(Buffer.concat(chunks).subarray(0, 4).toString(), 'PAR1')
}

async function streams(client) {
  await client.command({ query: 'CREATE TABLE many (n UInt32, s String) ENGINE = MergeTree ORDER BY n' })
  const numbers = function* () {
    for (let n = 0; n < 200000; n++) yield { n, s: `row ${n}` }
  }
  await client.insert({ table: 'many', values: Readable.from(numbers(), { objectMode: true }), format: 'JSONEachRow' })
  const answer = await client.query({ query: 'SELECT * FROM many ORDER BY n', format: 'JSONEachRow' })
  let count = 0
  for await (const batch of answer.stream()) {
    for (const row of batch) assert.equal(row.json().n, count++)
  }
  assert.equal(count, 200000)
  await client.command({ query: 'DROP TABLE many' })
}

async function failures(client) {
  const code = (code) => (error) => assert.equal(error.code, code) === undefined
  await assert.rejects(client.query({ query: 'SELECT nothing' }), code('47'))
  await assert.rejects(client.command({ query: 'DROP TABLE nothing' }), code('60'))
  await assert.rejects(client.insert({ table: 'nothing', values: [{ a: 1 }], format: 'JSONEachRow' }), code('60'))
  const late = 'SELECT throwIf(number = 2000000) AS n FROM numbers(3000000)'
  await assert.rejects(async () => {
    const answer = await client.query({ query: late, format: 'JSONEachRow', clickhouse_settings: { wait_end_of_query: 0 } })
    for await (const batch of answer.stream()) batch.length
  })
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 100)
  await assert.rejects(client.query({ query: 'SELECT sum(sin(number)) FROM numbers(100000000000)', abort_signal: stop.signal }))
  assert.deepEqual(await rows(client, 'SELECT 1 AS one'), [{ one: 1 }])
}

async function sessions(compression) {
  const client = createClient({ url, compression, session_id: `own ${Math.random()}`, application: 'check' })
  await client.command({ query: 'CREATE TEMPORARY TABLE own (a UInt8)' })
  await client.insert({ table: 'own', values: [[7]], format: 'JSONCompactEachRow' })
  assert.deepEqual(await rows(client, 'SELECT a FROM own'), [{ a: 7 }])
  await client.close()
}

for (const both of [false, true]) {
  const compression = { request: both, response: both }
  const client = createClient({ url, compression })
  assert.equal((await client.ping()).success, true)
  for (const check of [values, formats, streams, failures]) await check(client)
  await client.close()
  await sessions(compression)
}
