"""Tell shape and completeness of the particles of one shard's micrographs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Outcome, PictureTask, open_job, run_shard
from nanocensus.classification import load_classifier
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.segmentation import read_labels, resolve_device


def main(arguments: Sequence[str]) -> None:
    """Write the class probabilities of every segmented picture."""
    job = open_job("classify", arguments)
    device = resolve_device(job.device)
    classifier = load_classifier(job.bundle(), device=device)

    def classify(task: PictureTask) -> Outcome:
        prepared = read_prepared(
            task.product("prepare", "picture"), task.product("prepare", "overlay")
        )
        labels = read_labels(task.product("segment", "labels"))
        polarity = task.record("segment", "polarity")
        rows = classifier.classify(prepared.pixels, labels, polarity, prepared.overlay)
        return Outcome({"device": device}, rows=rows)

    run_shard(job, classify, refusal=MicrographError, forks=device == "cpu")


if __name__ == "__main__":
    main(sys.argv[1:])
