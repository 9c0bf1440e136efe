"""The pages as HTML: what each template is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jinja2
import yaml

from nanocensus.quality import QualityGates
from nanocensus.report import (
    calibration_grids,
    calibration_words,
    campaign_grids,
    charts,
    figures,
    palette,
    sample_grids,
    wording,
)
from nanocensus.report.bars import MOST_BARS, Bar
from nanocensus.report.formatting import count, percent, words
from nanocensus.report.grids import Grid, Header, text_cell
from nanocensus.report.names import link, safe_file_name
from nanocensus.report.results import Results, Sample
from nanocensus.report.selection import Picture


@dataclass(frozen=True)
class ReportSettings:
    """What the report shows beside the tables.

    Attributes
    ----------
    pictures_per_page : int
        Pictures that a sample's page shows at most.
    configuration : mapping
        The campaign's configuration, all keys, as it is to be printed.
    versions : mapping of str to str
        Name -> version of the program, its models and the libraries that decide results.
    ignored_files : mapping of str to int
        Ending -> number of files in the samples' folders whose format is not read.
    """

    pictures_per_page: int = 200
    configuration: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    ignored_files: Mapping[str, int] = field(default_factory=dict)

    @property
    def oldest_certificate_days(self) -> float:
        """Age from which a calibration certificate is old, as configured."""
        quality = self.configuration.get("quality") or {}
        gates = QualityGates()
        return float(quality.get("max_certificate_age_days", gates.max_certificate_age_days))


@dataclass(frozen=True)
class Provenance:
    """What the foot of each page names: the program's version, digests of the tables."""

    version: str
    digests: tuple[tuple[str, str], ...]


@cache
def _environment() -> jinja2.Environment:
    """Return the templates; names and metadata are not trusted, so all is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("nanocensus.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )


def campaign_page(results: Results, settings: ReportSettings, provenance: Provenance) -> str:
    """Return index.html."""
    grid = campaign_grids.micrographs(results)
    pairs = campaign_grids.comparisons(results)
    return _render(
        "campaign.html.j2",
        results,
        provenance,
        root="",
        lead=wording.campaign_lead(results),
        cards=wording.campaign_cards(results),
        sentences=wording.campaign_sentences(results),
        interval_words=_interval_words(results),
        samples=campaign_grids.samples(results),
        notes=wording.notes(results),
        comparisons=pairs,
        comparison_words=wording.COMPARISON,
        comparison_note=wording.sentence(results.statistics.get("note_on_comparisons")),
        comparisons_left_out=_left_out(len(results.comparisons), pairs, "pairs"),
        truths=campaign_grids.truths(results),
        ledger=campaign_grids.ledger(results),
        micrographs=grid,
        micrographs_left_out=_left_out(len(results.micrographs), grid, "micrographs"),
        findings=campaign_grids.findings(results),
        quality_words=_quality_words(results),
        ignored_words=wording.ignored_files(settings.ignored_files),
        calibrations=calibration_grids.sources(results),
        calibration_lead=calibration_words.lead(results),
        calibration_sentences=calibration_words.summary(results),
        limits=wording.LIMITS,
        drawn=charts.draw_campaign(results),
        versions=_versions(settings, provenance),
        configuration=_configuration_text(settings),
        figure_links=[(n, link("figures", n)) for n in figures.campaign_figures(results)],
        citation=_citation(provenance),
    )


def calibration_page(
    results: Results,
    bars: list[Bar],
    candidates: list[Bar],
    settings: ReportSettings,
    provenance: Provenance,
) -> str:
    """Return calibration.html; of the bars that were read, and those that were not, the first."""
    grid = calibration_grids.micrographs(results)
    oldest_days = settings.oldest_certificate_days
    return _render(
        "calibration.html.j2",
        results,
        provenance,
        root="",
        lead=calibration_words.lead(results),
        cards=calibration_words.cards(results),
        sentences=calibration_words.sentences(results, oldest_days),
        certificates=calibration_grids.certificates(results, oldest_days),
        drawn=charts.draw_calibration(results),
        figure_links=[(n, link("figures", n)) for n in figures.calibration_figures(results)],
        no_pairs=calibration_words.NO_PAIRS,
        print_widths=calibration_grids.print_widths(results),
        print_width_words=calibration_words.PRINT_WIDTH,
        no_print_widths=calibration_words.NO_PRINT_WIDTHS,
        reviewed=calibration_grids.reviewed(results),
        review_words=calibration_words.REVIEW,
        remedies=calibration_words.REMEDIES,
        micrographs=grid,
        micrographs_left_out=_left_out(len(results.micrographs), grid, "micrographs"),
        bars=bars[:MOST_BARS],
        bars_words=calibration_words.BARS,
        bars_left_out=_bars_left_out(bars),
        no_bars=calibration_words.NO_BARS,
        candidates=candidates[:MOST_BARS],
        candidates_words=calibration_words.CANDIDATES,
        candidates_left_out=_bars_left_out(candidates),
    )


def sample_page(
    results: Results, sample: Sample, pictures: list[Picture], provenance: Provenance
) -> str:
    """Return a sample's page; `pictures` are those that it shows."""
    grid = sample_grids.micrographs(sample)
    shapes = [{"text": words(shape)} for shape in results.shapes]
    further = campaign_grids.sheet_columns(results)
    sheet = [(column, sample.row[column]) for column in further]
    return _render(
        "sample.html.j2",
        results,
        provenance,
        root="../",
        sample=sample,
        lead=wording.sample_lead(sample),
        sheet=[(name, str(value)) for name, value in sheet if value == value],
        cards=wording.sample_cards(sample),
        sentences=wording.sample_sentences(sample),
        drawn=charts.draw_sample(results, sample),
        figures=sample_grids.figures(sample),
        ledger=sample_grids.ledger(sample),
        pictures=pictures,
        pictures_words=_pictures_words(sample, pictures),
        shapes=shapes,
        micrographs=grid,
        micrographs_left_out=_left_out(len(sample.micrographs), grid, "micrographs"),
        before=_neighbour(results, sample.place - 1),
        after=_neighbour(results, sample.place + 1),
        figure_links=[(n, link("..", "figures", n)) for n in figures.sample_figures(sample)],
    )


def _render(template: str, results: Results, provenance: Provenance, **context: Any) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            campaign=results.campaign,
            version=provenance.version,
            digests=provenance.digests,
            palette=palette,
            **context,
        )
    )


def _neighbour(results: Results, place: int) -> dict[str, str] | None:
    if not 0 <= place < len(results.samples):
        return None
    name = results.samples[place].name
    return {"name": name, "href": link(f"{safe_file_name(name)}.html")}


def _interval_words(results: Results) -> str:
    confidence = percent(results.confidence) if results.confidence else "the stated confidence"
    return (
        f"A value is followed by its interval at {confidence}, as in 52.3 [50.9, 53.8]. It holds "
        "the spread between micrographs; calibration and the placing of edges come on top."
    )


def _quality_words(results: Results) -> str:
    counts = results.micrographs["status"].value_counts()
    shown = [f"{count(int(counts[s]))} {s}" for s in _in_order(list(counts.index))]
    return (
        f"All {count(len(results.micrographs))}, worst first: {', '.join(shown)}. Micrographs that "
        "are ok or carry a warning are counted. Those to review, without particles, refused or "
        "failed are not."
    )


def _in_order(statuses: list[str]) -> list[str]:
    return sorted(statuses, key=lambda s: (campaign_grids.rank_of_status(s), s))


def _pictures_words(sample: Sample, pictures: list[Picture]) -> str:
    if len(pictures) < sample.row["n_micrographs"] and any(
        p.why == "drawn by lot" for p in pictures
    ):
        which = (
            f"{count(len(pictures))} of {count(sample.row['n_micrographs'])}: the worst, those "
            "nearest the median, and some drawn by lot."
        )
    else:
        which = "Worst first."
    return f"{which} Click one to enlarge it: arrow keys lead on, o switches the outlines."


def _left_out(whole: int, grid: Grid, what: str) -> str:
    missing = whole - len(grid.rows)
    return f"{count(missing)} more {what} stand in the file." if missing else ""


def _bars_left_out(bars: list[Bar]) -> str:
    missing = len(bars) - MOST_BARS
    return f"{count(missing)} more lie in gallery/ beside the report." if missing > 0 else ""


def _versions(settings: ReportSettings, provenance: Provenance) -> Grid:
    versions = {"nanocensus": provenance.version} | dict(settings.versions)
    rows = [[text_cell(name, kind="name"), text_cell(v)] for name, v in versions.items()]
    headers = [Header("part"), Header("version")]
    return Grid("versions-table", headers, rows, sortable="", narrow=True)


def _configuration_text(settings: ReportSettings) -> str:
    if not settings.configuration:
        return ""
    return yaml.safe_dump(dict(settings.configuration), allow_unicode=True, sort_keys=True)


def _citation(provenance: Provenance) -> str:
    return (
        f"nanocensus {provenance.version} (see CITATION.cff in its repository), together with the "
        "models named above and the data sets and papers that their cards name. State the number "
        "of micrographs and of particles with every size, and the digests at the foot of this "
        "page, which tie a figure to its tables."
    )
