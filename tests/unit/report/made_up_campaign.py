"""Seeded campaigns that never were, through the real tables: what the report is tested on."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from nanocensus.calibration import AGREE_REL, EVIDENCE_KINDS, OTHER_PIXEL_SIZES, OtherSource
from nanocensus.campaign import product_path
from nanocensus.report import DisplayOutlines, write_outlines
from nanocensus.tables import (
    COMPLETENESS,
    CountSettings,
    PictureRecord,
    StatisticsSettings,
    build_tables,
    columns_of,
    shape_classes,
    write_tables,
)

ROWS_PX, COLUMNS_PX = 696, 1024
ASPECT_RATIO = {"sphere": 0.94, "rod": 0.35, "cube": 0.82}
COUNT = CountSettings(
    unknown_below=0.75, completeness=("whole",), shapes=(), min_probability=0.5, min_ecd_px=10.0
)
STATISTICS = StatisticsSettings(resamples=100, confidence=0.95, seed=20261121)


@dataclass(frozen=True)
class MadeUpSample:
    """What a sample of a made-up campaign is like.

    `findings` maps a micrograph's number to (code, level, message); `facts` are further ones that
    prepare records of all micrographs, `facts_of` of single ones by number (see `scale_bar`).
    """

    name: str
    median_nm: float = 50.0
    sigma_g: float = 1.25
    micrographs: int = 6
    particles: int = 60
    pixel_size_nm: float | None = 1.25
    shape: str = "sphere"
    sheet: dict[str, str] = field(default_factory=dict)
    findings: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    facts_of: dict[int, dict[str, Any]] = field(default_factory=dict)


def other_source(first_nm: float, source: str, value_nm: float) -> dict[str, Any]:
    """Return what prepare records where another source states a pixel size beside the tag."""
    deviation = value_nm / first_nm - 1
    independent = EVIDENCE_KINDS[source].confirms(EVIDENCE_KINDS["zeiss_tag"])
    confirms = independent and abs(deviation) <= AGREE_REL
    return {
        "second_source": source,
        "second_pixel_size_nm": value_nm,
        "disagreement_rel": deviation,
        "confirmed_by": source if confirms else None,
        OTHER_PIXEL_SIZES: [asdict(OtherSource(source, value_nm, deviation, confirms))],
    }


def scale_bar(
    nm: float,
    px: float,
    text: str,
    *,
    confidence: float = 0.98,
    reason: str = "",
    u_px: float = 0.41,
):
    """Return what prepare records of a scale bar; with a reason it was not read."""
    return {
        "bar_nm": nm,
        "bar_px": px,
        "bar_u_rel": u_px / px,
        "bar_status": "candidate" if reason else "read",
        "bar_text": text,
        "bar_confidence": confidence,
        "bar_reason": reason or None,
        "bar_left_px": 699.5,
        "bar_right_px": 699.5 + px,
        "bar_y_px": 725.5,
        "bar_crop_top_px": 690,
        "bar_crop_left_px": 680,
    }


ORDINARY = (
    MadeUpSample(
        "gold_A",
        52.0,
        1.18,
        8,
        90,
        sheet={"group": "citrate", "true_d50_n_nm": "51.8", "true_d50_v_nm": "56.0"},
        findings={
            2: ("saturated", "warn", "Grey values are cut off at the bright end."),
            4: ("pixel_size_deviates", "warn", "Tag and bar differ by 4.0 %; the first is used."),
        },
        facts={
            "magnification": 80_000.0,
            "print_width_mm": 102.4,
            "scale_standard": "Planotec 642-1",
            "scale_date": "2023-03-01",
            "scale_factor": 1.002,
            "scale_u": 0.01,
            "certificate_age_days": 900,
        },
        facts_of={
            number: scale_bar(200.0, 160.0 / error, "200 nm")
            | other_source(1.25, "scale_bar", 1.25 * error * 1.002)
            for number, error in {0: 1.002, 1: 0.996, 4: 1.04, 5: 1.001}.items()
        }
        | {3: {"print_width_mm": 108.0}},
    ),
    MadeUpSample(
        "gold_B",
        61.0,
        1.35,
        7,
        70,
        sheet={"group": "CTAB", "true_d50_n_nm": "60.1", "true_d50_v_nm": "79.0"},
        shape="rod",
        findings={
            0: ("truncated", "failed", "The file ends before its pixels do: copy it again."),
            3: ("pixel_size_disputed", "review", "Tag and bar differ by 12.8 % (limit 10 %)."),
        },
        facts_of={
            3: scale_bar(200.0, 141.84, "200nm", confidence=0.91)
            | other_source(1.25, "scale_bar", 1.41),
            5: scale_bar(1000.0, 80.0, "l µm", confidence=0.31, reason="the label is not clear"),
        },
    ),
    MadeUpSample("Würfel_β", 34.0, 1.12, 3, 120, sheet={"group": "citrate"}, shape="cube"),
)


def write_campaign(
    results: Path, samples: tuple[MadeUpSample, ...] = ORDINARY, *, pictures: bool = True
) -> Path:
    """Write tables/ and the gallery of a campaign into `results`; return it."""
    rng = np.random.default_rng(20261121)
    handed_over = [_hand_over(sample, rng) for sample in samples]
    tables = build_tables(
        results.name,
        [record for records, _, _ in handed_over for record in records],
        pd.concat([measured for _, measured, _ in handed_over], ignore_index=True),
        pd.concat([classified for _, _, classified in handed_over], ignore_index=True),
        _sheet(samples),
        count=COUNT,
        statistics=STATISTICS,
        strict=False,
    )
    write_tables(tables, results / "tables")
    if pictures:
        for records, _, _ in handed_over:
            _draw_pictures(results, records, rng)
            _draw_bars(results, records)
    return results


def _sheet(samples):
    further = dict.fromkeys(key for sample in samples for key in sample.sheet if key != "group")
    return pd.DataFrame(
        [
            {"sample": s.name, "group": s.sheet.get("group", "")}
            | {key: s.sheet.get(key) for key in further}
            for s in samples
        ]
    )


def _hand_over(sample: MadeUpSample, rng: np.random.Generator):
    """Return records, measured and classified rows of one sample."""
    records, measured, classified = [], [_no_rows("measured")], [_no_rows("classified")]
    for number in range(sample.micrographs):
        path = f"raw/{sample.name}/field {number:02d}.tif"
        digest = hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()
        name = f"field_{number:02d}-{digest[:6]}"
        finding = sample.findings.get(number)
        readable = finding is None or finding[1] not in ("failed", "refused")
        n = sample.particles if readable else 0
        stages = _stages(sample, digest, n) if readable else {}
        if stages:
            stages["prepare"] |= sample.facts | sample.facts_of.get(number, {})
        findings = () if finding is None else (dict(zip(_FINDING, finding, strict=True)),)
        records.append(PictureRecord(sample.name, name, path, stages, findings))
        if n:
            names = {"sample": sample.name, "micrograph": name}
            rows = _measured(sample, n, rng)
            measured.append(rows.assign(**names))
            classified.append(_classified(sample, n, rng).assign(**names))
    return records, pd.concat(measured[1:] or measured), pd.concat(classified[1:] or classified)


_FINDING = ("code", "level", "message")


def _no_rows(stage):
    names = ("sample", "micrograph", "particle")
    if stage == "classified":
        names = (*names, *(f"p_shape_{shape}" for shape in shape_classes()))
    return pd.DataFrame(columns=names)


def _stages(sample, digest, n):
    size = sample.pixel_size_nm
    prepare = {
        "sha256": digest,
        "pixel_size_nm": size,
        "pixel_size_source": "zeiss_tag" if size else None,
        "pixel_size_u_rel": 0.01 if size else None,
        "format": "tiff_zeiss",
        "rows_raw": 768,
        "columns_raw": 1024,
        "rows": ROWS_PX,
        "columns": COLUMNS_PX,
        "overlay_share": 0.0,
        "modality": "se",
        "instrument": "Made-up 55",
        "focus": 12.0,
        "saturation_bright": 0.001,
    }
    segment = {
        "n_particles": n,
        "particle_probability": [0.9] * n,
        "coverage": 0.04,
        "working_scale": 1.0,
        "detection_floor_px": 5.0,
        "n_removed_specks": 0,
        "n_removed_hidden": 0,
        "n_removed_lost": 0,
        "predicted_f1_50": 0.9375,
    }
    outline = {
        "edge_model": "rim",
        "edge_blur_px": 1.0,
        "edge_misfit": 0.001,
        "edge_doubt_px": 0.1,
        "edge_u_px": 0.5,
        "n_outlines_refined": n,
        "outline_shift_px": [-0.5] * n,
    }
    return {"prepare": prepare, "segment": segment, "outline": outline}


def _measured(sample, n, rng):
    shift = np.exp(rng.normal(0, 0.03))
    ecd_px = shift * sample.median_nm / 1.25 * np.exp(rng.normal(0, np.log(sample.sigma_g), n))
    scale = sample.pixel_size_nm or np.nan
    columns = columns_of("particles")
    names = columns[columns.index("y_px") :]
    rows = pd.DataFrame({c: np.ones(n) for c in names if not c.startswith("p_")})
    rows["ecd_px"], rows["ecd_nm"] = ecd_px, ecd_px * scale
    rows["rows_px"] = rows["columns_px"] = np.ceil(ecd_px).astype(np.int64)
    aspect = np.clip(rng.normal(ASPECT_RATIO[sample.shape], 0.04, n), 0.1, 1.0)
    rows["aspect_ratio"], rows["form_factor"] = aspect, np.minimum(1.0, 1.04 * aspect)
    free = (ROWS_PX - rows["rows_px"] - 1) * (COLUMNS_PX - rows["columns_px"] - 1)
    rows["inclusion_weight"] = ROWS_PX * COLUMNS_PX / free
    rows["touches_frame"] = rng.random(n) < 0.06
    rows["cut_by_overlay"] = False
    return rows.assign(particle=np.arange(1, n + 1))


def _classified(sample, n, rng):
    rows = pd.DataFrame({"particle": np.arange(1, n + 1)})
    completeness = np.where(rng.random(n) < 0.85, "whole", rng.choice(COMPLETENESS, n))
    shapes = np.array([*shape_classes(), "unknown"])
    shape = np.where(rng.random(n) < 0.85, sample.shape, rng.choice(shapes, n))
    for prefix, classes, chosen in (
        ("p_shape_", shape_classes(), shape),
        ("p_completeness_", COMPLETENESS, completeness),
    ):
        for name in classes:
            rest = 0.1 / (len(classes) - 1)
            rows[prefix + name] = np.where(chosen == name, 0.9, rest)
    return rows


def _draw_pictures(results, records, rng):
    for record in records:
        if not record.records:
            continue
        grey = rng.normal(60, 8, (261, 384)).clip(0, 255).astype(np.uint8)
        picture = Image.fromarray(grey)
        draw = ImageDraw.Draw(picture)
        particles = {}
        for label in range(1, record.records["segment"]["n_particles"] + 1):
            x, y, r = rng.uniform(0, 384), rng.uniform(0, 261), rng.uniform(6, 12)
            draw.ellipse((x - r, y - r, x + r, y + r), 176)
            particles[label] = (_circle(x, y, r),)
        path, outlines = (
            results / product_path("gallery", role, record.sample, record.micrograph)
            for role in ("picture", "outlines")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=75)
        write_outlines(outlines, DisplayOutlines(384, 261, particles))


def _draw_bars(results, records):
    """Write the crops of the scale bars: 6 rows, from the left end to the right one."""
    for record in records:
        facts = record.records.get("prepare", {})
        if "bar_nm" not in facts:
            continue
        left, right = (
            round(facts[f"bar_{end}_px"] - facts["bar_crop_left_px"] + 0.5)
            for end in ("left", "right")
        )
        top = round(facts["bar_y_px"] - facts["bar_crop_top_px"] - 2.5)
        crop = Image.new("L", (right + 20, 60), 30)
        draw = ImageDraw.Draw(crop)
        draw.rectangle((left, top, right - 1, top + 5), 255)
        draw.text(((left + right) / 2, top - 12), facts["bar_text"], 255, anchor="mm")
        path = results / product_path("prepare", "bar", record.sample, record.micrograph)
        path.parent.mkdir(parents=True, exist_ok=True)
        crop.save(path)


def _circle(x, y, radius):
    """Return a circle's vertices in tenths of a pixel."""
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    points = np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
    return np.rint(10 * points).astype(np.int32)
