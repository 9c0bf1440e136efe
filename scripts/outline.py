"""Move the outlines of one shard's particles onto the edges that the pictures show."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, ShardJob, open_job, run_shard
from nanocensus.micrographs import MicrographError, read_prepared
from nanocensus.outlines import outline_record, outline_unit_px, refine_outlines, unrefined_outlines
from nanocensus.segmentation import read_labels, read_probability, write_label_pictures


def load(job: ShardJob) -> Computation:
    """Make the function that works on one picture."""
    looks = job.settings["outline"]["edge"] == "auto"

    def outline(task: PictureTask) -> Outcome:
        prepared = read_prepared(
            task.product("prepare", "picture"), task.product("prepare", "overlay")
        )
        labels = read_labels(task.product("segment", "labels"))
        probability = read_probability(task.product("segment", "probability"))
        modality = task.record("prepare", "modality")
        refined = unrefined_outlines(labels, probability)
        # masks that are not the particles have no edge of theirs to be moved to
        if looks and task.record("segment", "convincing"):
            refined = refine_outlines(
                prepared.pixels,
                labels,
                probability,
                prepared.overlay,
                modality=modality,
                unit_px=outline_unit_px(task.record("segment", "working_scale")),
            )
        write_label_pictures(
            refined.labels,
            refined.probability,
            prepared.pixel_size,
            task.output("labels"),
            task.output("soft"),
            outline=refined.kind,
        )
        return Outcome(outline_record(refined, modality), [f.as_dict() for f in refined.findings])

    return Computation(outline)


def main(arguments: Sequence[str]) -> None:
    """Write labels and soft maps of every segmented picture."""
    job = open_job("outline", arguments)
    run_shard(job, lambda: load(job), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
