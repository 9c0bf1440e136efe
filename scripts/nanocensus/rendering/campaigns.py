"""Rendered campaigns: files as instruments write them, the truth of every particle, a sheet."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from nanocensus.campaign import replacing, write_text_if_changed

from .files import write_vendor_tiff
from .lettering import Acquisition, add_info_bar
from .micrograph import RenderedMicrograph, render_micrograph
from .recipes import Recipe

TRUTH_COLUMNS = (
    "sample",
    "file",
    "label",
    "y_px",
    "x_px",
    "shape",
    "variant",
    "completeness",
    "visible_fraction",
    "touches_frame",
    "touches_neighbour",
    "centre_in_frame",
    "ecd_nm",
    "feret_max_nm",
    "feret_min_nm",
)

TRUE_QUANTILES = {"true_d10_n_nm": 0.1, "true_d50_n_nm": 0.5, "true_d90_n_nm": 0.9}


@dataclass(frozen=True)
class RenderedFile:
    """One file of a rendered campaign.

    Parameters
    ----------
    name : str
        File name within the sample's folder.
    recipe : Recipe
    vendor : str
        One of `files.VENDORS`.
    info_bar : str or None
        One of `lettering.INFO_BAR_STYLES`.

    """

    name: str
    recipe: Recipe
    vendor: str
    info_bar: str | None


@dataclass(frozen=True)
class RenderedSample:
    """One sample of a rendered campaign.

    Parameters
    ----------
    name, group, modality : str
        As in the sample sheet.
    acquisition : Acquisition
        Of the first file; the stage moves on from file to file.
    files : tuple of RenderedFile

    """

    name: str
    group: str
    modality: str
    acquisition: Acquisition
    files: tuple[RenderedFile, ...]


def render_campaign(
    samples: tuple[RenderedSample, ...], folder: Path, *, seed: int
) -> tuple[pd.DataFrame, dict[tuple[str, str], RenderedMicrograph]]:
    """Render all samples into `folder`/<sample>/<file>, with `folder`/truth.tsv.

    Parameters
    ----------
    samples : tuple of RenderedSample
    folder : pathlib.Path
    seed : int
        A file's content is a function of the seed and the numbers of sample and file.

    Returns
    -------
    truth : pandas.DataFrame
        One row per particle, columns `TRUTH_COLUMNS`.
    micrographs : dict of (sample, file) to RenderedMicrograph
        With labels and without info bar.

    """
    rows = []
    micrographs = {}
    for sample_number, sample in enumerate(samples):
        for file_number, file in enumerate(sample.files):
            rng = np.random.default_rng([seed, sample_number, file_number])
            rendered = render_micrograph(file.recipe, rng)
            write_rendered_file(sample, file_number, rendered, folder / sample.name / file.name)
            micrographs[sample.name, file.name] = rendered
            rows.append(rendered.truth.assign(sample=sample.name, file=file.name))
    truth = pd.concat(rows, ignore_index=True)[list(TRUTH_COLUMNS)]
    text = truth.to_csv(sep="\t", index=False, float_format="%.4f", lineterminator="\n")
    write_text_if_changed(folder / "truth.tsv", text)
    return truth, micrographs


def write_rendered_file(
    sample: RenderedSample, file_number: int, rendered: RenderedMicrograph, path: Path
) -> None:
    """Write one micrograph of a sample with info bar and tags."""
    file = sample.files[file_number]
    pixel_size_nm = file.recipe.pixel_size_nm
    # Fields lie 100 µm apart, so no two of a sample show the same particles.
    acquisition = replace(
        sample.acquisition, stage_x_mm=round(sample.acquisition.stage_x_mm + 0.1 * file_number, 4)
    )
    pixels, rows = rendered.pixels, 0
    if file.info_bar is not None:
        labelled = add_info_bar(pixels, pixel_size_nm, acquisition, style=file.info_bar)
        pixels, rows = labelled.pixels, labelled.rows
    write_vendor_tiff(
        path,
        pixels,
        pixel_size_nm,
        vendor=file.vendor,
        acquisition=acquisition,
        info_bar_rows=rows,
    )


def true_quantiles(truth: pd.DataFrame, sample: str) -> dict[str, float]:
    """Return the sample's true quantiles by number, in nm.

    Counted is every particle whose centre lies in the frame, whole or not, covered or not: a
    selection that does not depend on size. Mid-step rule, as in the tables.
    """
    counted = truth[(truth["sample"] == sample) & truth["centre_in_frame"]]
    values = np.quantile(counted["ecd_nm"], list(TRUE_QUANTILES.values()), method="hazen")
    return dict(zip(TRUE_QUANTILES, values.tolist(), strict=True))


def write_sheet(
    samples: tuple[RenderedSample, ...], truth: pd.DataFrame, folder: Path, path: Path
) -> None:
    """Write the sample sheet of a rendered campaign, with the true quantiles as columns.

    Parameters
    ----------
    samples : tuple of RenderedSample
    truth : pandas.DataFrame
    folder : pathlib.Path
        Where the campaign was rendered.
    path : pathlib.Path
        The sheet; `micrographs` is written relative to its folder.

    """
    base = path.resolve().parent
    rows = [
        {
            "sample": sample.name,
            "micrographs": Path(os.path.relpath(folder.resolve() / sample.name, base)).as_posix(),
            "group": sample.group,
            "modality": sample.modality,
            "polarity": "auto",
            "pixel_size_nm": "",
            **{k: f"{v:.2f}" for k, v in true_quantiles(truth, sample.name).items()},
        }
        for sample in samples
    ]
    text = pd.DataFrame(rows).to_csv(sep="\t", index=False, lineterminator="\n")
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
