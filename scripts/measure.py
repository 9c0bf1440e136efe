"""Measure the particles of one shard's micrographs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, open_job, run_shard
from nanocensus.measurement import measure_particles
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.quality import particle_quality
from nanocensus.segmentation import read_labels, read_probability


def measure(task: PictureTask) -> Outcome:
    """Return one row per particle and the quality figures that need particles."""
    prepared = read_prepared(task.product("prepare", "picture"), task.product("prepare", "overlay"))
    labels = read_labels(task.product("outline", "labels"))
    probability = read_probability(task.product("outline", "soft"))
    rows = measure_particles(
        labels, probability, prepared.pixels, prepared.overlay, prepared.pixel_size
    )
    return Outcome(particle_quality(prepared.pixels, labels, rows), rows=rows)


def main(arguments: Sequence[str]) -> None:
    """Write the measurands of every segmented picture."""
    job = open_job("measure", arguments)
    run_shard(job, lambda: Computation(measure), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
