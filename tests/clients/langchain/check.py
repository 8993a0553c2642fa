"""LangChain's ClickHouse vector store, with embeddings that need no model."""

from langchain_clickhouse import ClickHouse
from langchain_core.embeddings import DeterministicFakeEmbedding
from server import equal, running

with running() as server:
    store = ClickHouse.from_texts(
        ["apples and pears", "trains", "it's a \\ quoted 'text'"],
        embedding=DeterministicFakeEmbedding(size=64),
        metadatas=[{"n": 1}, {"n": 2}, {"n": 3}],
        ids=["a", "b", "c"],
        host=server.host,
        port=server.http,
    )
    found = store.similarity_search_with_score("trains", k=2)
    equal(len(found), 2)
    equal((found[0][0].page_content, found[0][0].metadata["n"]), ("trains", 2))
    assert found[0][1] > 0.999, found
    equal(store.similarity_search("it's a \\ quoted 'text'", k=1)[0].metadata["_id"], "c")
    equal(store.delete(["b", "c"]), True)
    equal([document.metadata["_id"] for document in store.similarity_search("trains", k=4)], ["a"])
