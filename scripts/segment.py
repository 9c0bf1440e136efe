"""Find the particles of one shard's micrographs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nanocensus.campaign import Computation, Outcome, PictureTask, ShardJob, open_job, run_shard
from nanocensus.micrographs import MicrographError, read_prepared


def load(job: ShardJob) -> Computation:
    """Load the network; imported here, because torch takes seconds that an idle job saves."""
    from nanocensus.segmentation import (
        SegmentationSettings,
        load_segmenter,
        resolve_arithmetic,
        resolve_device,
        write_segmentation,
    )

    device = resolve_device(job.device)
    wanted = job.settings["segment"]
    settings = SegmentationSettings(
        working_scale=wanted["working_scale"], quality=wanted["quality"]
    )
    segmenter = load_segmenter(job.bundle(), device=device, settings=settings)
    # processors differ in it at the quality `fast`, and with it results do
    arithmetic = str(resolve_arithmetic(device, settings.quality)).removeprefix("torch.")

    def segment(task: PictureTask) -> Outcome:
        prepared = read_prepared(
            task.product("prepare", "picture"), task.product("prepare", "overlay")
        )
        found = segmenter.segment(prepared.pixels, prepared.overlay)
        write_segmentation(
            found, prepared.pixel_size, task.output("labels"), task.output("probability")
        )
        record = {
            "n_particles": len(found.particle_probability),
            "particle_probability": [round(float(p), 4) for p in found.particle_probability],
            "polarity": task.fields.get("polarity", found.polarity),
            "working_scale": found.working_scale,
            "detection_floor_px": found.detection_floor_px,
            "n_removed_specks": found.n_removed_specks,
            "n_removed_hidden": found.n_removed_hidden,
            "n_removed_lost": found.n_removed_lost,
            "predicted_f1_50": found.predicted_f1_50,
            "convincing": found.convincing,
            "device": device,
            "arithmetic": arithmetic,
        }
        return Outcome(record, [finding.as_dict() for finding in found.findings])

    return Computation(segment, forks=device == "cpu")


def main(arguments: Sequence[str]) -> None:
    """Write labels and probabilities of every prepared picture."""
    job = open_job("segment", arguments)
    run_shard(job, lambda: load(job), refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
