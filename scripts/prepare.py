"""Turn one shard's raw micrographs into cropped, calibrated pictures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nanocensus.calibration import (
    Crop,
    Examined,
    UserStatement,
    calibration_record,
    cut_crop,
    examine_file,
    find_info_bar,
    find_overlays,
)
from nanocensus.calibration.scale_bar import (
    NoTextReaderError,
    ScaleBarReading,
    scale_bar_record,
    text_reader,
)
from nanocensus.campaign import (
    Computation,
    Outcome,
    PictureTask,
    open_job,
    replacing,
    run_shard,
)
from nanocensus.micrographs import (
    MicrographError,
    PreparedMicrograph,
    micrograph_record,
    refuse_unusable,
    write_prepared,
)
from nanocensus.quality import picture_quality, picture_signature


def prepare(task: PictureTask, settings: Mapping[str, Any]) -> Outcome:
    """Read, calibrate, cut, mask and judge one picture."""
    examined = examine_file(
        task.raw,
        task.sidecars,
        user=UserStatement.from_fields(task.fields),
        modality=task.fields.get("modality"),
        scale_bar=settings["scale_bar"] == "auto",
        refuse_small=True,
    )
    micrograph = examined.micrograph
    bar = None
    if settings["info_bar"] == "auto":
        bar = find_info_bar(micrograph.pixels, declared_rows=micrograph.picture_rows)
    rows = bar.rows if bar else slice(None)
    pixels = micrograph.pixels[rows]
    refuse_unusable(pixels)
    overlay = np.zeros(pixels.shape, dtype=bool)
    if settings["overlays"] == "auto":
        overlay = _overlay(examined, rows)
    prepared = PreparedMicrograph(pixels, overlay, examined.calibration.pixel_size)
    write_prepared(prepared, task.output("picture"), task.output("overlay"))
    crop = _write_bar_crop(task, micrograph.pixels, examined.reading)
    record = {
        **_record_of_file(examined, crop),
        **picture_quality(pixels, overlay),
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "rows_cut_top": bar.rows_cut_top if bar else 0,
        "rows_cut_bottom": bar.rows_cut_bottom if bar else 0,
        "overlay_share": float(overlay.mean()),
        "signature": picture_signature(pixels),
    }
    return Outcome(record, [finding.as_dict() for finding in examined.all_findings])


def _overlay(examined: Examined, rows: slice) -> NDArray[np.bool_]:
    """Return what was drawn into these rows of the picture, by whichever way it was found."""
    micrograph = examined.micrograph
    overlay = find_overlays(micrograph.pixels[rows], examined.reading, top=rows.start or 0)
    if micrograph.coloured is not None:
        overlay |= micrograph.coloured[rows]
    return overlay


def _record_of_file(examined: Examined, crop: Crop | None) -> dict[str, Any]:
    """Return what is recorded of the file as it was read, before anything is cut."""
    return {
        **micrograph_record(examined.micrograph),
        **calibration_record(examined.calibration),
        **examined.user.record(),
        **scale_bar_record(examined.reading),
        "bar_crop_top_px": crop.top if crop else None,
        "bar_crop_left_px": crop.left if crop else None,
        "modality": examined.modality,
    }


def _write_bar_crop(
    task: PictureTask, pixels: NDArray[np.generic], reading: ScaleBarReading | None
) -> Crop | None:
    """Write the part of the raw picture in which a person can check the bar."""
    bar = (reading.bar or reading.candidate) if reading else None
    if bar is None:
        return None
    shape = (pixels.shape[0], pixels.shape[1])
    crop = cut_crop(pixels, [bar.bar_box.cut(shape), bar.label_box.cut(shape)])
    with replacing(task.output("bar")) as unfinished:
        Image.fromarray(crop.pixels).save(unfinished, format="png")
    return crop


def main(arguments: Sequence[str]) -> None:
    """Prepare every micrograph of the shard."""
    job = open_job("prepare", arguments)
    settings = job.settings["prepare"]

    def load() -> Computation:
        # Before the job forks, so that all its processes share one engine.
        if settings["scale_bar"] == "auto":
            with suppress(NoTextReaderError):
                text_reader()
        return Computation(partial(prepare, settings=settings))

    run_shard(job, load, refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
