"""All that a configuration names, looked at before any job: every mistake is told at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanocensus.campaign.bundle_files import bundle_folder, read_card, shipped_bundles
from nanocensus.campaign.configuration import Configuration, Sources, read_configuration
from nanocensus.campaign.faults import CampaignError, Fault, nearest
from nanocensus.campaign.scan import PICTURE_SUFFIXES, Scan, scan_sheet
from nanocensus.campaign.sheet import SampleSheet, read_sample_sheet
from nanocensus.paths import BUNDLE_CARD
from nanocensus.segmentation.settings import EstimateParameters, SettingsError

# Sections of the configuration whose `model` names a bundle, and the task it is made for.
_TASKS = {"segment": "segmentation", "classify": "classification"}
_UNKNOWN_SHAPE = "unknown"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Survey:
    """What a configuration names.

    Attributes
    ----------
    sheet : SampleSheet
    scan : Scan
    bundles : mapping of str to Path
        For each section with a `model`, the bundle's folder.
    """

    sheet: SampleSheet
    scan: Scan
    bundles: Mapping[str, Path]


def check_configuration(
    given: Mapping[str, Any],
    files: Sequence[Path],
    *,
    folder: Path,
    command_line: Mapping[str, Any] | None = None,
) -> Configuration:
    """Check a merged configuration against the schema and complete it.

    Parameters
    ----------
    given : mapping
        The values as merged from all files and the command line.
    files : sequence of Path
        The files that they came from, the strongest last; `samples` and `model` are relative
        to the file that gives them.
    folder : Path
        Where relative paths from the command line, and `results`, start.
    command_line : mapping, optional
        What of `given` the command line sets.

    Raises
    ------
    CampaignError
        With every fault of the configuration, and then also with those of what it names.
    """
    faults: list[Fault] = []
    configuration = read_configuration(given, Sources(files, folder, command_line), faults)
    if faults:
        _look(configuration, faults)
        raise CampaignError(faults)
    return configuration


def survey(configuration: Configuration) -> Survey:
    """Read the sheet, find the micrographs and the bundles.

    Raises
    ------
    CampaignError
        With every fault of sheet, folders and bundles.
    """
    faults: list[Fault] = []
    seen = _look(configuration, faults)
    if faults:
        raise CampaignError(faults)
    for suffix, count in seen.scan.ignored.items():
        _log.warning(
            "%d file%s %s in the sheet's folders passed over; read are %s",
            count,
            "" if count == 1 else "s",
            f"of the suffix {suffix}" if suffix else "without a suffix",
            " ".join(sorted(PICTURE_SUFFIXES)),
        )
    return seen


def _look(configuration: Configuration, faults: list[Fault]) -> Survey:
    sheet = SampleSheet(Path(), (), ())
    if "samples" in configuration.values:
        sheet = read_sample_sheet(configuration.sheet, faults)
    scan = scan_sheet(sheet, faults)
    bundles = _find_bundles(configuration, faults)
    return Survey(sheet, scan, bundles)


def _find_bundles(configuration: Configuration, faults: list[Fault]) -> dict[str, Path]:
    bundles = {}
    sources = configuration.sources
    for section, task in _TASKS.items():
        key = (section, "model")
        name = configuration.values[section]["model"]
        folder = bundle_folder(name, sources.path(key, name))
        if folder is None:
            remedy = (
                f"{nearest(name, shipped_bundles())} Or give the path of a bundle's folder, "
                "relative to the configuration file."
            )
            faults.append(sources.fault(key, f"there is no model bundle {name!r}", remedy))
            continue
        bundles[section] = folder
        try:
            card = read_card(folder)
        except ValueError as error:
            faults.append(sources.fault(key, f"{name!r}: {error}", "Fetch the bundle again."))
            continue
        if card.get("task") != task:
            message = f"{name!r} is a model for {card.get('task')}, not for {task}"
            faults.append(sources.fault(key, message, "Name another bundle."))
        elif section == "classify":
            _check_shapes(configuration, name, card, faults)
        else:
            try:
                EstimateParameters.from_mapping(card.get("estimate", {}))
            except SettingsError as error:
                remedy = "See `--fit-estimate` in docs/training.md, or name another bundle."
                faults.append(sources.fault(key, f"{name!r}: {error}", remedy))
    return bundles


def _check_shapes(
    configuration: Configuration, name: str, card: Mapping[str, Any], faults: list[Fault]
) -> None:
    """Add each shape that shall count and that the model does not tell."""
    sources = configuration.sources
    try:
        classes = [*map(str, card["classes"]["shape"]), _UNKNOWN_SHAPE]
    except (KeyError, TypeError):
        message = f"{name!r}: {BUNDLE_CARD} names no classes of shape"
        faults.append(sources.fault(("classify", "model"), message, "Fetch the bundle again."))
        return
    for at, shape in enumerate(configuration.values["count"]["shapes"]):
        if shape not in classes:
            message = f"{shape!r} is no class of the model {name!r}"
            faults.append(sources.fault(("count", "shapes", at), message, nearest(shape, classes)))
