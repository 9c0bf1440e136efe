"""Turn one shard's raw micrographs into cropped, calibrated pictures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from nanocensus.calibration import (
    calibration_record,
    find_info_bar,
    find_overlays,
    resolve_pixel_size,
)
from nanocensus.calibration.scale_bar import (
    NoTextReaderError,
    ScaleBarReading,
    read_scale_bar,
    scale_bar_evidence,
    scale_bar_record,
    text_reader,
)
from nanocensus.campaign import Computation, Outcome, PictureTask, open_job, run_shard
from nanocensus.micrographs import (
    Finding,
    Micrograph,
    MicrographError,
    PreparedMicrograph,
    micrograph_record,
    read_micrograph,
    refuse_unusable,
    write_prepared,
)
from nanocensus.quality import picture_quality, picture_signature


def prepare(task: PictureTask, settings: Mapping[str, Any]) -> Outcome:
    """Read, calibrate, cut, mask and judge one picture."""
    micrograph = read_micrograph(task.raw)
    modality = task.fields.get("modality", micrograph.modality)
    reading, doubts = _scale_bar(micrograph, settings)
    shape = (micrograph.pixels.shape[0], micrograph.pixels.shape[1])
    calibration = resolve_pixel_size(
        (*micrograph.evidence, *scale_bar_evidence(reading, shape)),
        actual_shape=micrograph.pixels.shape,
        sheet_pixel_size_nm=task.fields.get("pixel_size_nm"),
        modality=modality,
        instrument=micrograph.instrument,
    )
    bar = None
    rows = slice(None)
    if settings["info_bar"] == "auto":
        bar = find_info_bar(micrograph.pixels, declared_rows=micrograph.picture_rows)
        rows = bar.rows
    pixels = micrograph.pixels[rows]
    refuse_unusable(pixels)
    overlay = np.zeros(pixels.shape, dtype=bool)
    if settings["overlays"] == "auto":
        overlay = find_overlays(pixels)
    if micrograph.coloured is not None:
        overlay |= micrograph.coloured[rows]
    if reading is not None:
        overlay |= reading.drawn(shape)[rows]
    prepared = PreparedMicrograph(pixels, overlay, calibration.pixel_size)
    write_prepared(prepared, task.output("picture"), task.output("overlay"))
    record = {
        **micrograph_record(micrograph),
        **calibration_record(calibration),
        **scale_bar_record(reading),
        **picture_quality(pixels, overlay),
        "modality": modality,
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "rows_cut_top": bar.rows_cut_top if bar else 0,
        "rows_cut_bottom": bar.rows_cut_bottom if bar else 0,
        "overlay_share": float(overlay.mean()),
        "signature": picture_signature(pixels),
    }
    findings = (*micrograph.findings, *calibration.findings, *doubts)
    return Outcome(record, [finding.as_dict() for finding in findings])


def _scale_bar(
    micrograph: Micrograph, settings: Mapping[str, Any]
) -> tuple[ScaleBarReading | None, tuple[Finding, ...]]:
    """Return the scale bar of the whole picture, and what there is to say about it."""
    if settings["scale_bar"] != "auto":
        return None, ()
    try:
        reading = read_scale_bar(micrograph.pixels)
    except NoTextReaderError as error:
        return None, (Finding("no_text_reader", "warn", str(error)),)
    if reading.reciprocal:
        message = "the scale bar is in reciprocal units: not a picture of the specimen"
        return reading, (Finding("reciprocal_scale_bar", "review", message),)
    return reading, ()


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
