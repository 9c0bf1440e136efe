"""Turn one shard's raw micrographs into cropped, calibrated pictures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from nanocensus.calibration import (
    calibration_record,
    examine_file,
    find_info_bar,
    find_overlays,
)
from nanocensus.campaign import Computation, Outcome, PictureTask, open_job, run_shard
from nanocensus.micrographs import (
    MicrographError,
    PreparedMicrograph,
    micrograph_record,
    refuse_too_small,
    refuse_unusable,
    write_prepared,
)
from nanocensus.quality import picture_quality, picture_signature


def prepare(task: PictureTask, settings: Mapping[str, Any]) -> Outcome:
    """Read, calibrate, cut, mask and judge one picture."""
    examined = examine_file(
        task.raw,
        task.sidecars,
        sheet_pixel_size_nm=task.fields.get("pixel_size_nm"),
        modality=task.fields.get("modality"),
    )
    micrograph, calibration = examined.micrograph, examined.calibration
    refuse_too_small(micrograph.pixels.shape)
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
    prepared = PreparedMicrograph(pixels, overlay, calibration.pixel_size)
    write_prepared(prepared, task.output("picture"), task.output("overlay"))
    record = {
        **micrograph_record(micrograph),
        **calibration_record(calibration),
        **picture_quality(pixels, overlay),
        "modality": examined.modality,
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "rows_cut_top": bar.rows_cut_top if bar else 0,
        "rows_cut_bottom": bar.rows_cut_bottom if bar else 0,
        "overlay_share": float(overlay.mean()),
        "signature": picture_signature(pixels),
    }
    findings = (*micrograph.findings, *calibration.findings)
    return Outcome(record, [finding.as_dict() for finding in findings])


def main(arguments: Sequence[str]) -> None:
    """Prepare every micrograph of the shard."""
    job = open_job("prepare", arguments)
    settings = job.settings["prepare"]
    computation = Computation(partial(prepare, settings=settings))
    run_shard(job, lambda: computation, refusal=MicrographError)


if __name__ == "__main__":
    main(sys.argv[1:])
