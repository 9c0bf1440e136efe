"""Write the report of a campaign: pages, figures, tables and what they share."""

from __future__ import annotations

import logging
import shutil
from importlib import metadata
from pathlib import Path

from nanocensus.campaign import replacing, sha256_of_file, write_text_if_changed
from nanocensus.paths import GLOSSARY
from nanocensus.report.assets import write_assets
from nanocensus.report.figures import campaign_figures, sample_figures, write_figures
from nanocensus.report.names import safe_file_name
from nanocensus.report.pages import Provenance, ReportSettings, campaign_page, sample_page
from nanocensus.report.results import Results, read_results
from nanocensus.report.selection import chosen_pictures

_LOG = logging.getLogger(__name__)
# The tables that decide what the pages say; runtime.csv differs between equal runs.
_TABLES = ("particles.parquet", "micrographs.csv", "samples.csv", "statistics.json")
_COPIED = ("samples.csv", "micrographs.csv")


def write_report(results: Path, settings: ReportSettings) -> Path:
    """Write `report/` of a campaign's results folder out of its tables and gallery.

    Parameters
    ----------
    results : Path
        Folder with `tables/` and, from the gallery, `report/assets/micrographs/`.
    settings : ReportSettings

    Returns
    -------
    Path
        report/index.html, written last.
    """
    read = read_results(results)
    report = results / "report"
    write_assets(report / "assets", read.shapes)
    write_figures(read, report / "figures")
    _copy_tables(results / "tables", report / "tables")
    provenance = _provenance(results / "tables")
    for sample in read.samples:
        pictures = chosen_pictures(report, sample, settings.pictures_per_page)
        page = sample_page(read, sample, pictures, provenance)
        write_text_if_changed(_page_of(report, sample.name), page)
        _LOG.info("page of sample %s: %d pictures", sample.name, len(pictures))
    _remove_strays(report, read)
    index = report / "index.html"
    write_text_if_changed(index, campaign_page(read, settings, provenance))
    return index


def _page_of(report: Path, sample: str) -> Path:
    return report / "samples" / f"{safe_file_name(sample)}.html"


def _copy_tables(tables: Path, target: Path) -> None:
    """Copy the small tables, so that the report's links hold wherever its folder is moved."""
    for source in (*(tables / name for name in _COPIED), GLOSSARY):
        with replacing(target / source.name) as unfinished:
            shutil.copyfile(source, unfinished)


def _provenance(tables: Path) -> Provenance:
    digests = tuple((name, sha256_of_file(tables / name)) for name in _TABLES)
    return Provenance(metadata.version("nanocensus"), digests)


def _remove_strays(report: Path, results: Results) -> None:
    """Remove pages and figures of samples that the campaign no longer has."""
    pages = {_page_of(report, sample.name).name for sample in results.samples}
    figures = set(campaign_figures(results))
    figures.update(name for sample in results.samples for name in sample_figures(sample))
    for folder, wanted in ((report / "samples", pages), (report / "figures", figures)):
        for path in sorted(folder.glob("*")):
            if path.name not in wanted:
                path.unlink()
