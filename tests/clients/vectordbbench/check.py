"""VectorDBBench from its command line, end to end on a data set of our own: load, serial and concurrent search."""

import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import polars
from server import equal, running

ROWS, DIMENSION, QUERIES, NEAREST = 5000, 32, 100, 100


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def data_set(folder):
    """The three files of a custom data set, with the true neighbours."""
    random = np.random.default_rng(1)
    train = random.normal(size=(ROWS, DIMENSION)).astype(np.float32)
    test = random.normal(size=(QUERIES, DIMENSION)).astype(np.float32)
    neighbors = np.argsort(-unit(test) @ unit(train).T, axis=1)[:, :NEAREST]
    for name, rows in [("train", train), ("test", test)]:
        polars.DataFrame({"id": range(len(rows)), "emb": rows.tolist()}).cast(
            {"id": polars.Int64, "emb": polars.List(polars.Float32)}
        ).write_parquet(f"{folder}/{name}.parquet")
    polars.DataFrame({"id": range(QUERIES), "neighbors_id": neighbors.tolist()}).write_parquet(
        f"{folder}/neighbors.parquet"
    )


def bench(server, folder):
    command = [os.path.dirname(sys.executable) + "/vectordbbench", "clickhouse", "--user", "default"]
    command += ["--password", "x", "--host", server.host, "--port", str(server.http), "--no-ssl"]
    command += ["--m", "16", "--ef-construction", "128", "--ef-runtime", "64"]
    command += ["--case-type", "PerformanceCustomDataset", "--custom-case-name", "my"]
    command += ["--custom-dataset-name", "ds", "--custom-dataset-dir", folder + "/data"]
    command += ["--custom-dataset-size", str(ROWS), "--custom-dataset-dim", str(DIMENSION)]
    command += ["--custom-dataset-metric-type", "COSINE", "--custom-dataset-file-count", "1"]
    command += ["--skip-custom-dataset-use-shuffled", "--custom-dataset-with-gt", "--k", "10"]
    command += ["--num-concurrency", "1,2", "--concurrency-duration", "2", "--task-label", "check"]
    places = {"RESULTS_LOCAL_DIR": folder + "/results", "DATASET_LOCAL_DIR": folder}
    subprocess.run(command, env=os.environ | places, stdin=subprocess.DEVNULL, check=True)
    [result] = glob.glob(folder + "/results/**/*.json", recursive=True)
    with open(result) as file:
        return json.load(file)["results"][0]


with running() as server, tempfile.TemporaryDirectory() as folder:
    os.mkdir(folder + "/data")
    data_set(folder + "/data")
    result = bench(server, folder)
    print(result)
    equal(result["label"], ":)")
    assert result["metrics"]["recall"] > 0.99, result
    assert result["metrics"]["qps"] > 0, result
