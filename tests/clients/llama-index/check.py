"""LlamaIndex's ClickHouse vector store: searches by vector, by text, by both, with filters."""

import random

import clickhouse_connect
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    ExactMatchFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.clickhouse import ClickHouseVectorStore
from server import equal, running

DIMENSION = 32


def node(number):
    text = f"document {number} about {'Ships' if number % 2 else 'trains (fast)'}"
    vector = [random.Random(number * DIMENSION + place).gauss(0, 1) for place in range(DIMENSION)]
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=f"source {number % 10}")}
    return TextNode(
        id_=str(number), text=text, embedding=vector, metadata={"kind": str(number % 3)}, relationships=source
    )


def asked(store, nodes, metric):
    nearest = store.query(VectorStoreQuery(query_embedding=nodes[7].embedding, similarity_top_k=5))
    equal(len(nearest.ids), 5)
    equal((nearest.ids[0], nearest.nodes[0].text), ("7", nodes[7].text))
    assert nearest.similarities[0] < 0.01 < nearest.similarities[1], (metric, nearest.similarities)
    kind = MetadataFilters(filters=[ExactMatchFilter(key="kind", value="2")])
    filtered = store.query(VectorStoreQuery(query_embedding=nodes[7].embedding, similarity_top_k=50, filters=kind))
    equal({int(found) % 3 for found in filtered.ids}, {2})
    equal(len(filtered.ids), 50)
    documents = ["source 3", "source 4"]
    where = "doc_id IN ('source 3', 'source 4')"
    only = store.query(VectorStoreQuery(query_embedding=nodes[7].embedding, similarity_top_k=100), where=where)
    equal({found.relationships[NodeRelationship.SOURCE].node_id for found in only.nodes}, set(only.ids))
    equal(sorted(int(found) for found in only.ids), sorted(n for n in range(300) if f"source {n % 10}" in documents))
    hybrid = VectorStoreQuery(
        query_embedding=nodes[7].embedding, similarity_top_k=3, query_str="ships", mode=VectorStoreQueryMode.HYBRID
    )
    equal({int(found) % 2 for found in store.query(hybrid).ids}, {1})


with running() as server:
    client = clickhouse_connect.get_client(host=server.host, port=server.http)
    nodes = [node(number) for number in range(300)]
    for metric in ("cosine", "l2"):
        store = ClickHouseVectorStore(
            clickhouse_client=client, metric=metric, dimension=DIMENSION, drop_existing_table=True
        )
        store.add(nodes)
        asked(store, nodes, metric)
        store.delete("source 7")
        equal(client.command("SELECT count() FROM llama_index"), 270)
        gone = store.query(VectorStoreQuery(query_embedding=nodes[7].embedding, similarity_top_k=5))
        assert "7" not in gone.ids and len(gone.ids) == 5, gone.ids
        store.drop()
