"""Fields of different magnification put together."""

import numpy as np

from nanocensus.statistics import (
    Fields,
    collapse_small_strata,
    magnifications,
    pooled_weights,
    weighted_quantiles,
)

ROWS, COLUMNS, FLOOR_PX = 700, 1000, 10


def fields_of(pixel_size_nm):
    pixel = np.asarray(pixel_size_nm, dtype=float)
    m = pixel.size
    return Fields(
        pixel, np.full(m, float(ROWS)), np.full(m, float(COLUMNS)), np.ones(m), FLOOR_PX * pixel
    )


def seen_in(rng, pixel_nm, per_nm2):
    """Discs, log-normal about 60 nm with sigma_g 1.6, that a field shows whole and resolved."""
    n = rng.poisson(per_nm2 * ROWS * COLUMNS * pixel_nm**2)
    ecd = 60 * 1.6 ** rng.standard_normal(n)
    px = ecd / pixel_nm
    inside = np.clip(1 - (px + 1) / ROWS, 0, 1) * np.clip(1 - (px + 1) / COLUMNS, 0, 1)
    return ecd[(rng.random(n) < inside) & (px >= FLOOR_PX)]


def test_pooling_is_unbiased_where_operators_go_closer_to_dense_places():
    rng = np.random.default_rng(4)
    pixel = np.array([1.0, 1.0, 1.0, 1.0, 5.0, 5.0])
    density = np.where(pixel == 1.0, 2e-4, 4e-5)
    fields = fields_of(pixel)
    plain, pooled = [], []
    for _ in range(40):
        seen = [seen_in(rng, p, d) for p, d in zip(pixel, density, strict=True)]
        ecd = np.concatenate(seen)
        field = np.repeat(np.arange(pixel.size), [s.size for s in seen])
        weight = pooled_weights(ecd, ecd, ecd, field, fields)
        plain.append(weighted_quantiles(ecd, np.ones(ecd.size), [0.5])[0])
        pooled.append(weighted_quantiles(ecd, weight, [0.5])[0])
    # Nothing above 10 nm is missing from the fine fields: 60 nm is the median of what is there.
    assert np.mean(plain) / 60 > 1.12
    assert abs(np.mean(pooled) / 60 - 1) < 0.03


def test_within_one_magnification_it_is_the_edge_correction():
    rng = np.random.default_rng(5)
    ecd = seen_in(rng, 1.0, 1e-4)
    weight = pooled_weights(ecd, ecd, ecd, rng.integers(0, 3, ecd.size), fields_of([1.0] * 3))
    edge = ROWS * COLUMNS / ((ROWS - ecd - 1) * (COLUMNS - ecd - 1))
    np.testing.assert_allclose(weight, edge / edge.mean(), rtol=1e-9)


def test_magnifications_that_share_no_size_keep_the_ratio_of_areas():
    # 20 nm only fits above the floor of the fine field, 900 nm only into the coarse one.
    ecd = np.array([20.0, 20.0, 900.0])
    weight = pooled_weights(ecd, ecd, ecd, np.array([0, 0, 1]), fields_of([1.0, 10.0]))
    area = [(ROWS - 21) * (COLUMNS - 21), (ROWS - 91) * (COLUMNS - 91) * 100]
    np.testing.assert_allclose(weight[0] / weight[2], area[1] / area[0], rtol=1e-6)


def test_what_rounding_puts_below_the_floor_of_its_own_field_has_a_weight():
    ecd = np.array([10.0 * (1 - 1e-15), 50.0, 100.0])
    weight = pooled_weights(ecd, ecd, ecd, np.array([0, 0, 1]), fields_of([1.0, 5.0]))
    assert np.isfinite(weight).all()
    assert weight[0] == weight.max()


def test_nearly_equal_pixels_are_one_magnification():
    assert magnifications(np.array([1.116, 1.117, 2.5, 1.09, 2.4])).tolist() == [0, 0, 1, 0, 1]


def test_single_micrographs_join_a_neighbour():
    stratum = np.array([0, 1, 1, 2, 3])
    assert collapse_small_strata(stratum, np.ones(5, bool)).tolist() == [0, 0, 0, 1, 1]
    counted = np.array([True, True, True, True, False])
    assert collapse_small_strata(stratum, counted).tolist() == [0, 0, 0, 0, 0]
    assert collapse_small_strata(np.zeros(1, int), np.ones(1, bool)).tolist() == [0]
