"""Write the report of a campaign: pages, figures, tables, pictures and what they share."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from nanocensus import __version__
from nanocensus.campaign import sha256_of_file
from nanocensus.paths import GLOSSARY
from nanocensus.report.assets import write_assets
from nanocensus.report.bars import MOST_BARS, Bar, bars_of
from nanocensus.report.drawing import draw_outlines
from nanocensus.report.figures import write_figures
from nanocensus.report.names import safe_file_name
from nanocensus.report.outlines import read_outlines
from nanocensus.report.pages import (
    Provenance,
    ReportSettings,
    calibration_page,
    campaign_page,
    sample_page,
)
from nanocensus.report.results import Results, Sample, read_results
from nanocensus.report.selection import Picture, chosen_pictures

_LOG = logging.getLogger(__name__)
# The tables that decide what the pages say; runtime.csv differs between equal runs.
_COPIED = ("samples.csv", "micrographs.csv", "pixel_sizes.csv")
_TABLES = ("particles.parquet", *_COPIED, "statistics.json")


def write_report(results: Path, settings: ReportSettings) -> Path:
    """Write `report/` of a campaign's results folder afresh out of its tables and gallery.

    Parameters
    ----------
    results : Path
        Folder with `tables/` and, from the gallery stage, `gallery/<sample>/`.
    settings : ReportSettings

    Returns
    -------
    Path
        report/index.html, written last.
    """
    read = read_results(results)
    report = results / "report"
    if report.exists():
        shutil.rmtree(report)
    write_assets(report / "assets", read.shapes)
    write_figures(read, report / "figures")
    _copy_tables(results / "tables", report / "tables")
    provenance = _provenance(results / "tables")
    (report / "samples").mkdir()
    for sample in read.samples:
        pictures = chosen_pictures(results, sample, settings.pictures_per_page)
        _write_pictures(read, sample, pictures, report)
        page = report / "samples" / f"{safe_file_name(sample.name)}.html"
        page.write_text(sample_page(read, sample, pictures, provenance), encoding="utf-8")
        _LOG.info("page of sample %s: %d pictures", sample.name, len(pictures))
    read_bars, candidates = bars_of(read)
    _write_crops(read_bars[:MOST_BARS] + candidates[:MOST_BARS], report)
    calibration = calibration_page(read, read_bars, candidates, settings, provenance)
    (report / "calibration.html").write_text(calibration, encoding="utf-8")
    index = report / "index.html"
    index.write_text(campaign_page(read, settings, provenance), encoding="utf-8")
    return index


def _copy_tables(tables: Path, target: Path) -> None:
    """Copy the small tables, so that the report's links hold wherever its folder is moved."""
    target.mkdir()
    for source in (*(tables / name for name in _COPIED), GLOSSARY):
        shutil.copyfile(source, target / source.name)


def _write_pictures(
    results: Results, sample: Sample, pictures: list[Picture], report: Path
) -> None:
    """Copy the pictures of a page and draw their outlines, so that nothing beside is needed."""
    rows = sample.particles.groupby("micrograph", observed=True).indices
    for picture in pictures:
        target = report / picture.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture.source, target)
        particles = sample.particles.iloc[rows.get(picture.name, [])]
        drawn = draw_outlines(read_outlines(picture.outlines), particles, results.shapes)
        (report / picture.drawn_place).write_text(drawn, encoding="utf-8")


def _write_crops(bars: list[Bar], report: Path) -> None:
    """Copy the crops of the calibration page."""
    for bar in bars:
        if bar.frame is not None:
            target = report / bar.frame.place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bar.frame.source, target)


def _provenance(tables: Path) -> Provenance:
    digests = tuple((name, sha256_of_file(tables / name)) for name in _TABLES)
    return Provenance(__version__, digests)
