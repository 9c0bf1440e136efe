"""A made-up campaign as the stages would hand it over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nanocensus.tables import (
    COMPLETENESS,
    CountSettings,
    PictureRecord,
    StatisticsSettings,
    build_tables,
    columns_of,
    shape_classes,
)

ROWS, COLUMNS = 480, 640
COUNT = CountSettings(0.75, ("whole",), (), 0.5, 10.0)
STATISTICS = StatisticsSettings(resamples=200, confidence=0.95, seed=7)
_MEASURED = [c for c in columns_of("particles") if c.endswith(("_px", "_nm", "_nm2", "_rad"))]
_RATIOS = [
    *("aspect_ratio", "ellipse_ratio", "form_factor", "roundness", "compactness", "solidity"),
    *("convexity", "extent", "box_ratio", "mean_intensity", "contrast_snr"),
]


@dataclass
class MadeUp:
    """Micrographs and rows to which a test adds what it needs."""

    pictures: list[PictureRecord] = field(default_factory=list)
    measured: list[pd.DataFrame] = field(default_factory=list)
    classified: list[pd.DataFrame] = field(default_factory=list)
    sheet: dict[str, dict[str, str]] = field(default_factory=dict)

    def micrograph(
        self,
        sample: str,
        name: str,
        ecd_px: Any = (),
        *,
        pixel_size_nm: float | None = 2.0,
        findings: tuple = (),
        shape: str = "sphere",
        completeness: str = "whole",
        particles: dict[str, Any] | None = None,
        **facts: Any,
    ) -> None:
        """Add a micrograph with particles of these sizes, alike in everything else.

        `particles` changes columns of its measured rows, `facts` fields of its records.
        """
        ecd = np.asarray(ecd_px, dtype=float)
        path = facts.pop("path", f"raw/{sample}/{name}.tif")
        record = {
            "sha256": hashlib.sha256(path.encode()).hexdigest(),
            "pixel_size_nm": pixel_size_nm,
            "pixel_size_source": None if pixel_size_nm is None else "sheet",
            "rows": ROWS,
            "columns": COLUMNS,
            "rows_raw": ROWS,
            "columns_raw": COLUMNS,
            "overlay_share": 0.0,
        }
        segment = {
            "n_particles": ecd.size,
            "particle_probability": [0.9] * ecd.size,
            "working_scale": 1.0,
            "detection_floor_px": 5.0,
            "n_removed_specks": 0,
            "n_removed_hidden": 0,
            "n_removed_lost": 0,
        }
        segment |= {k: facts.pop(k) for k in list(facts) if k in segment}
        n_labels = len(segment["particle_probability"] or ())
        outline = {
            "edge_model": "rim",
            "edge_blur_px": 1.0,
            "edge_misfit": 0.001,
            "edge_doubt_px": 0.1,
            "edge_u_px": 0.5,
            "n_outlines_refined": n_labels,
            "outline_shift_px": [-0.5] * n_labels,
        }
        outline |= {k: facts.pop(k) for k in list(facts) if k in outline}
        self.sheet.setdefault(sample, {"group": ""})
        self.pictures.append(
            PictureRecord(
                sample,
                name,
                path,
                {"prepare": record | facts, "segment": segment, "outline": outline},
                findings,
            )
        )
        if ecd.size:
            self.measured.append(self._measured(sample, name, ecd, pixel_size_nm, particles or {}))
            self.classified.append(self._classified(sample, name, ecd.size, shape, completeness))

    def failed(self, sample: str, name: str, code: str = "truncated", level: str = "failed"):
        """Add a micrograph of which nothing is known but why."""
        self.sheet.setdefault(sample, {"group": ""})
        finding = {"code": code, "level": level, "message": f"is {code}"}
        self.pictures.append(PictureRecord(sample, name, f"raw/{name}.tif", {}, (finding,)))

    def _measured(self, sample, name, ecd, pixel_size_nm, particles):
        rows = pd.DataFrame({column: np.ones(ecd.size) for column in [*_MEASURED, *_RATIOS]})
        scale = np.nan if pixel_size_nm is None else pixel_size_nm
        rows["ecd_px"] = ecd
        rows["ecd_nm"] = ecd * scale
        rows["area_px"] = np.pi / 4 * ecd**2
        rows["area_nm2"] = rows["area_px"] * scale**2
        rows["rows_px"] = rows["columns_px"] = np.ceil(ecd).astype(np.int64)
        rows["inclusion_weight"] = (
            ROWS * COLUMNS / ((ROWS - rows["rows_px"] - 1) * (COLUMNS - rows["columns_px"] - 1))
        )
        rows["touches_frame"] = rows["cut_by_overlay"] = False
        rows["particle"] = np.arange(1, ecd.size + 1)
        rows = rows.assign(**particles)
        return rows.assign(sample=sample, micrograph=name)

    def _classified(self, sample, name, n, shape, completeness):
        rows = pd.DataFrame({"particle": np.arange(1, n + 1)})
        for prefix, classes, chosen in (
            ("p_shape_", shape_classes(), shape),
            ("p_completeness_", COMPLETENESS, completeness),
        ):
            for name_of_class in classes:
                rest = (1 - 0.9) / (len(classes) - 1)
                rows[prefix + name_of_class] = 0.9 if name_of_class == chosen else rest
        return rows.assign(sample=sample, micrograph=name)

    def log_normal(self, sample, names, median_px, rng, *, sigma=0.25, n=40, **options):
        """Add micrographs with log-normal sizes."""
        for name in names:
            sizes = median_px * np.exp(sigma * rng.standard_normal(n))
            self.micrograph(sample, name, np.clip(sizes, 11, 200), **options)

    def tables(self, *, count=COUNT, statistics=STATISTICS, strict=False, seed=None):
        """Build the tables, from shuffled input if a seed is given."""
        pictures, measured, classified = (
            list(self.pictures),
            self._stacked(self.measured),
            self._stacked(self.classified),
        )
        sheet = pd.DataFrame([{"sample": name, **row} for name, row in self.sheet.items()])
        if seed is not None:
            rng = np.random.default_rng(seed)
            rng.shuffle(pictures)
            measured = measured.iloc[rng.permutation(len(measured))]
            classified = classified.iloc[rng.permutation(len(classified))]
            sheet = sheet.iloc[rng.permutation(len(sheet))]
        return build_tables(
            "made up",
            pictures,
            measured,
            classified,
            sheet,
            count=count,
            statistics=statistics,
            strict=strict,
        )

    @staticmethod
    def _stacked(frames):
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


@pytest.fixture
def made_up() -> MadeUp:
    return MadeUp()


@pytest.fixture
def count() -> CountSettings:
    return COUNT
