"""The table of measurands: columns, units, invariances, flags, speed of the whole."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nanocensus.measurement import MEASURED_COLUMNS, AnalyticShape, measure_particles
from nanocensus.micrographs import PixelSize

GLOSSARY = Path(__file__).resolve().parents[3] / "resources" / "glossary.tsv"
RATIOS = [
    "aspect_ratio",
    "ellipse_ratio",
    "form_factor",
    "roundness",
    "compactness",
    "solidity",
    "convexity",
    "extent",
    "box_ratio",
]
SIZES_PX = [
    "area_px",
    "ecd_px",
    "convex_hull_area_px",
    "feret_max_px",
    "feret_min_px",
    "perimeter_px",
    "ellipse_major_px",
    "ellipse_minor_px",
]


def scene(seed: int = 0, shape: tuple[int, int] = (70, 90)) -> dict[str, np.ndarray]:
    """Three particles, two of them touching, on a noisy ground."""
    generator = np.random.default_rng(seed)
    soft = np.zeros((3, *shape))
    soft[0, 5:45, 6:46] = AnalyticShape("ellipse", 22.0, 0.6).coverage(40, (20.3, 18.9), 0.5)
    soft[1, 20:60, 24:64] = AnalyticShape("rectangle", 18.0, 0.5).coverage(40, (19.8, 20.2), 1.2)
    soft[2, 30:60, 58:88] = AnalyticShape("ellipse", 9.0, 1.0).coverage(30, (15.2, 15.4), 0.0)
    probability = soft.max(axis=0).astype(np.float32)
    labels = np.where(probability >= 0.5, soft.argmax(axis=0) + 1, 0).astype(np.int32)
    pixels = 100 + 60 * probability + generator.normal(0, 4, shape)
    return {
        "labels": labels,
        "probability": probability,
        "pixels": np.clip(np.round(pixels), 0, 255).astype(np.uint8),
        "overlay": np.zeros(shape, bool),
    }


def measure(pictures: dict[str, np.ndarray], pixel_size: PixelSize | None = None) -> pd.DataFrame:
    return measure_particles(**pictures, pixel_size=pixel_size)


def changed(pictures, change):
    return {name: np.ascontiguousarray(change(picture)) for name, picture in pictures.items()}


def test_columns_and_types_are_those_of_the_contract():
    table = measure(scene(), PixelSize(2.0, 2.0, "sheet"))
    assert tuple(table.columns) == MEASURED_COLUMNS
    types = table.dtypes.astype(str).to_dict()
    integers = {"particle", "rows_px", "columns_px"}
    flags = {"touches_frame", "cut_by_overlay"}
    for name, kind in types.items():
        expected = "int64" if name in integers else "bool" if name in flags else "float64"
        assert kind == expected, name
    assert not table.isna().any(axis=None)


def test_columns_stand_in_the_glossary_in_this_order():
    with GLOSSARY.open(encoding="utf-8", newline="") as stream:
        rows = [
            row["column"]
            for row in csv.DictReader(stream, delimiter="\t")
            if row["table"] == "particles"
        ]
    missing = set(MEASURED_COLUMNS) - {"particle"} - set(rows)
    assert not missing
    order = [name for name in rows if name in MEASURED_COLUMNS and name != "particle"]
    assert order == list(MEASURED_COLUMNS[1:])


def test_empty_picture_gives_an_empty_table_of_the_same_types():
    pictures = scene()
    full = measure(pictures)
    pictures["labels"] = np.zeros_like(pictures["labels"])
    empty = measure(pictures)
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_without_pixel_size_only_nm_is_missing():
    table = measure(scene())
    for name in MEASURED_COLUMNS:
        assert table[name].isna().all() == name.endswith(("_nm", "_nm2")), name


def test_known_shapes():
    table = measure(scene(), PixelSize(0.5, 0.5, "sheet"))
    # Bounds as in test_bias.py; a little more where particles 1 and 2 touch.
    assert table["ecd_px"].tolist() == pytest.approx([22, 18, 9], rel=0.012)
    assert table["ecd_nm"].tolist() == pytest.approx([11, 9, 4.5], rel=0.012)
    assert table["y_px"].tolist() == pytest.approx([25.3, 39.8, 45.2], abs=0.15)
    assert table["x_px"].tolist() == pytest.approx([24.9, 44.2, 73.4], abs=0.15)
    # The shapes were drawn with angles clockwise as seen; ours run counter-clockwise.
    assert table["orientation_rad"][:2].tolist() == pytest.approx(
        [np.pi - 0.5, np.pi - 1.2], abs=0.03
    )
    assert table["ellipse_ratio"].tolist() == pytest.approx([0.6, 0.5, 1.0], abs=0.02)


@given(st.sampled_from([1, 2, 3]), st.booleans())
@settings(max_examples=8, deadline=None)
def test_turned_by_right_angles_and_flipped(turns, flip):
    pictures = scene()
    before = measure(pictures)

    def change(picture):
        turned = np.rot90(picture, turns)
        return turned[:, ::-1] if flip else turned

    after = measure(changed(pictures, change))
    names = [*SIZES_PX, *RATIOS, "inclusion_weight", "mean_intensity", "contrast_snr"]
    pd.testing.assert_frame_equal(before[names], after[names], rtol=1e-9)
    feret = ["feret_x_px", "feret_y_px"]
    swapped = feret[::-1] if turns % 2 else feret
    assert np.allclose(before[feret], after[swapped], rtol=1e-9)
    angle = before["orientation_rad"][:2] + turns * np.pi / 2
    angle = (-angle if flip else angle) % np.pi
    assert np.allclose(after["orientation_rad"][:2], angle, atol=1e-6)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=8, deadline=None)
def test_moved_by_whole_pixels(down, right):
    pictures = scene()
    before = measure(pictures)

    def change(picture):
        mode = {"mode": "edge"} if picture.dtype == np.uint8 else {"constant_values": 0}
        return np.pad(picture, ((down, 40 - down), (right, 40 - right)), **mode)

    after = measure(changed(pictures, change))
    names = [*SIZES_PX, *RATIOS, "feret_x_px", "feret_y_px", "orientation_rad", "mean_intensity"]
    pd.testing.assert_frame_equal(before[names], after[names], rtol=1e-9)
    assert np.allclose(after["y_px"] - before["y_px"], down)
    assert np.allclose(after["x_px"] - before["x_px"], right)


@given(st.floats(0.01, 100))
@settings(max_examples=8, deadline=None)
def test_scaled_pixel_size(factor):
    pictures = scene()
    first = measure(pictures, PixelSize(1.0, 1.0, "sheet"))
    second = measure(pictures, PixelSize(factor, factor, "sheet"))
    for name in MEASURED_COLUMNS:
        power = 2 if name.endswith("_nm2") else 1 if name.endswith("_nm") else 0
        assert np.allclose(second[name], first[name] * factor**power, rtol=1e-7), name


def test_pixels_that_are_not_square():
    """A disc of 30 nm seen with rows 1.5 nm and columns 0.75 nm apart is a disc again."""
    shape = AnalyticShape("ellipse", np.sqrt(20 * 40), 0.5)  # axes 40 px (x) and 20 px (y)
    soft = shape.coverage(70, (34.7, 35.1), 0.0)
    pictures = {
        "labels": (soft >= 0.5).astype(int),
        "probability": soft,
        "pixels": np.zeros(soft.shape, np.uint8),
        "overlay": np.zeros(soft.shape, bool),
    }
    row = measure(pictures, PixelSize(y_nm=1.5, x_nm=0.75, source="sheet")).iloc[0]
    assert row["ecd_nm"] == pytest.approx(30, rel=0.005)
    assert row["feret_max_nm"] == pytest.approx(30, rel=0.015)
    assert row["feret_min_nm"] == pytest.approx(30, rel=0.015)
    assert row["form_factor"] == pytest.approx(1, abs=0.01)
    assert row["feret_max_px"] == pytest.approx(40, rel=0.015)


def test_flags_and_weights():
    pictures = scene()
    pictures["labels"][0, 60:64] = 4
    pictures["overlay"][57:60, 70:76] = True  # below the disc, one row apart from it or less
    bottom = int(np.nonzero(pictures["labels"] == 3)[0].max())
    pictures["overlay"][:] = False
    pictures["overlay"][bottom + 1 : bottom + 4, 70:76] = True
    table = measure(pictures).set_index("particle")
    assert table["touches_frame"].tolist() == [False, False, False, True]
    assert table["cut_by_overlay"].tolist() == [False, False, True, False]
    assert table["inclusion_weight"].isna().tolist() == [False, False, True, True]
    assert (table["inclusion_weight"].dropna() > 1).all()
    rows, columns = (np.ptp(axis) + 1 for axis in np.nonzero(pictures["labels"] == 1))
    assert (table.loc[1, "rows_px"], table.loc[1, "columns_px"]) == (rows, columns)


def test_weight_without_overlay_is_the_formula():
    table = measure(scene())
    height, width = scene()["labels"].shape
    product = (height - table["rows_px"] - 1) * (width - table["columns_px"] - 1)
    assert np.allclose(table["inclusion_weight"], height * width / product, rtol=1e-12)


def test_contrast_is_signed_and_in_noise_widths():
    pictures = scene()
    # 60 grey values over noise of 4: 15; the noise is known to 5 % from 4000 pixels.
    assert measure(pictures)["contrast_snr"].tolist() == pytest.approx([15, 15, 15], rel=0.12)
    pictures["pixels"] = 255 - pictures["pixels"]
    assert measure(pictures)["contrast_snr"].tolist() == pytest.approx([-15] * 3, rel=0.12)


def test_shading_leaves_the_contrast_alone():
    pictures = scene()
    ramp = np.linspace(0, 80, pictures["pixels"].shape[1])
    plain = measure(pictures)["contrast_snr"]
    pictures["pixels"] = (pictures["pixels"] + ramp).astype(np.float32)
    assert measure(pictures)["contrast_snr"].tolist() == pytest.approx(plain.tolist(), rel=0.15)


def test_particle_among_others_has_no_contrast():
    y, x = np.mgrid[:60, :60]
    labels = np.where(np.hypot(y - 30, x - 30) < 25, 2, 0)
    labels[np.hypot(y - 30, x - 30) < 8] = 1
    pixels = np.random.default_rng(0).normal(100, 5, labels.shape).astype(np.float32)
    table = measure_particles(
        labels, (labels > 0).astype(float), pixels, np.zeros(labels.shape, bool), None
    )
    assert table["contrast_snr"].isna().tolist() == [True, False]


def test_mean_intensity_leaves_the_overlay_out():
    pictures = scene()
    where = pictures["labels"] == 1
    inside = np.argwhere(where)[where.sum() // 2]
    pictures["overlay"][tuple(inside)] = True
    pictures["pixels"][tuple(inside)] = 255
    expected = pictures["pixels"][where & ~pictures["overlay"]].mean()
    assert measure(pictures)["mean_intensity"][0] == pytest.approx(expected)
    pictures["overlay"][:] = where
    assert np.isnan(measure(pictures)["mean_intensity"][0])


def test_label_numbers_may_have_gaps():
    pictures = scene()
    before = measure(pictures)
    pictures["labels"] = np.array([0, 3, 70_000, 9])[pictures["labels"]]
    after = measure(pictures)
    assert after["particle"].tolist() == [3, 9, 70_000]
    columns = [*SIZES_PX, "inclusion_weight", "mean_intensity", "contrast_snr"]
    expected = before[columns].iloc[[0, 2, 1]].reset_index(drop=True)
    pd.testing.assert_frame_equal(after[columns], expected)


def test_same_input_same_bytes():
    first, second = measure(scene()), measure(scene())
    assert first.to_csv() == second.to_csv()


def test_boundary_moved_by_blur_is_what_physics_says():
    """The 0.5 level of a disc of radius r blurred by sigma lies sigma²/(2 r) inside."""
    soft = AnalyticShape("ellipse", 40.0, 1.0).coverage(80, (40.2, 39.7), 0.0)
    blurred = ndimage.gaussian_filter(soft, 2.0)
    pictures = {
        "pixels": np.zeros(soft.shape, np.uint8),
        "overlay": np.zeros(soft.shape, bool),
    }
    ecd = [
        measure(pictures | {"labels": (p >= 0.5).astype(int), "probability": p})["ecd_px"][0]
        for p in (soft, blurred)
    ]
    assert ecd[0] - ecd[1] == pytest.approx(2 * 2.0**2 / (2 * 20), rel=0.1)
