"""Draw the outlines of one shard's particles, coloured by class."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, open_job, run_shard
from nanocensus.measurement import particle_outlines
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.report import draw_micrograph, write_gallery_picture
from nanocensus.segmentation import read_labels, read_probability
from nanocensus.tables import CountSettings, particle_classes


def main(arguments: Sequence[str]) -> None:
    """Write one picture with outlines for every classified picture."""
    job = open_job("gallery", arguments)
    count = CountSettings.from_mapping(job.settings["count"])

    def draw(task: PictureTask) -> Outcome:
        prepared = read_prepared(
            task.product("prepare", "picture"), task.product("prepare", "overlay")
        )
        outlines = particle_outlines(
            read_labels(task.product("segment", "labels")),
            read_probability(task.product("segment", "probability")),
        )
        classes = particle_classes(
            task.rows("measure"),
            task.rows("classify"),
            task.record("segment", "particle_probability"),
            settings=count,
        )
        drawn = draw_micrograph(prepared, outlines, classes)
        write_gallery_picture(task.output("outlines"), drawn)
        return Outcome()

    run_shard(job, lambda: Computation(draw), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
