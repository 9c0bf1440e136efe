"""Make what the report shows of one shard's micrographs: small pictures and outlines."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, open_job, run_shard
from nanocensus.measurement import particle_parts
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.report import (
    draw_micrograph,
    outlines_for_display,
    write_gallery_picture,
    write_outlines,
)
from nanocensus.segmentation import read_labels, read_probability


def draw(task: PictureTask) -> Outcome:
    """Write the picture and the outlines of a segmented micrograph."""
    prepared = read_prepared(task.product("prepare", "picture"), task.product("prepare", "overlay"))
    parts = particle_parts(
        read_labels(task.product("outline", "labels")),
        read_probability(task.product("outline", "soft")),
    )
    outlines = outlines_for_display(parts, prepared.pixels.shape)
    write_gallery_picture(task.output("picture"), draw_micrograph(prepared), outlines)
    write_outlines(task.output("outlines"), outlines)
    return Outcome()


def main(arguments: Sequence[str]) -> None:
    """Draw every segmented picture of a shard."""
    job = open_job("gallery", arguments)
    run_shard(job, lambda: Computation(draw), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
