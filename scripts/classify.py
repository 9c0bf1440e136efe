"""Tell shape and completeness of the particles of one shard's micrographs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, ShardJob, open_job, run_shard
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.segmentation import read_labels


def load(job: ShardJob) -> Computation:
    """Load the network; imported here, because torch takes seconds that an idle job saves."""
    from nanocensus.classification import load_classifier
    from nanocensus.segmentation import resolve_device

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

    return Computation(classify, forks=device == "cpu")


def main(arguments: Sequence[str]) -> None:
    """Write the class probabilities of every segmented picture."""
    job = open_job("classify", arguments)
    run_shard(job, lambda: load(job), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
