"""Pruning: products that nobody names go, what is not ours stays."""

from nanocensus.campaign.lock import hold_shard
from nanocensus.campaign.products import product_path
from nanocensus.campaign.prune import mark_unpruned, prune
from nanocensus.campaign.stages import SHARD_STAGES


def fill(results, *paths):
    for path in paths:
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        (results / path).write_text('{"pictures": []}')


def test_products_that_no_index_names_go_and_what_people_saved_beside_them_stays(tmp_path):
    fill(tmp_path, *(f"index/{stage}/b.json" for stage in SHARD_STAGES))
    ours = [
        product_path("prepare", "picture", "s", "gone"),
        product_path("prepare", "overlay", "s", "gone"),
        product_path("prepare", "bar", "s", "gone"),
        product_path("segment", "labels", "s", "gone"),
        "index/prepare/b0.json",
        "index/prepare/b0.journal.jsonl",
        "index/prepare/b0.failures.json",
        "index/measure/parts/s/gone.parquet",
        "measured/b0.parquet",
    ]
    theirs = [
        "prepared/s/gone.roi",
        "prepared/s/notes.txt",
        "prepared/RoiSet.zip",
        "segmented/s/corrected.tif",
        "gallery/s/figure 1.svg",
        "measured/mine.xlsx",
        "measured/mine.parquet",
        product_path("prepare", "picture", "s", "mine"),
        product_path("segment", "labels", "s", "gone corrected"),
        "gallery/s/mine.jpg",
        "gallery/s/mine.bar.png",
    ]
    fill(tmp_path, *ours, *theirs, "index/prepare/b.failures.json")
    with hold_shard(tmp_path, "prepare", "b0"):
        pass
    (tmp_path / "plan").mkdir()
    mark_unpruned(tmp_path, [("s", "gone")])
    prune(tmp_path, ["b"])
    assert [path for path in ours if (tmp_path / path).exists()] == []
    assert [path for path in theirs if not (tmp_path / path).exists()] == []
    assert (tmp_path / "index/prepare/b.failures.json").exists()
    assert (tmp_path / "index/prepare/b0.lock").exists(), "another job may hold it"
