"""What aggregate reads of all shards."""

import csv

from nanocensus.campaign import Collection


def test_runtime_tells_the_arithmetic_of_networks(tmp_path):
    plain = {"shard": "b", "seconds": 1.5, "files": {}}
    stages = {
        "prepare": {**plain, "record": {}},
        "segment": {**plain, "record": {"device": "cpu", "arithmetic": "bfloat16"}},
    }
    collection = Collection(tmp_path, ("b",), {("s", "1"): stages}, {})
    collection.write_runtime(tmp_path / "runtime.csv")
    with (tmp_path / "runtime.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["stage"], row["device"], row["arithmetic"]) for row in rows] == [
        ("prepare", "cpu", ""),
        ("segment", "cpu", "bfloat16"),
    ]
