"""Figures of many resamples of micrographs at once, at a cost that hardly grows with particles.

Particles stand in ascending order in blocks. A resample multiplies all particles of a micrograph
by how often the micrograph was drawn. Sums over blocks come from one product of the draws with
the sums by micrograph and block; only the one block in which a quantile lies is looked at
particle by particle. The result is that of sorting every resample anew, up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics.sizes import Sizes, sum_by

_MAX_BLOCKS = 512
# A look at one particle costs about this many multiplications in the sums over blocks.
_LOOK = 30
_ROWS_AT_ONCE = 250

FIGURES = (
    *("d10_n", "d50_n", "d90_n", "d10_v", "d50_v", "d90_v"),
    *("mean_n", "mean_v", "sauter", "geometric_mean"),
    *("span_n", "span_v", "sigma_g"),
)
"""Names of the figures that describe a size distribution."""


def draw_micrographs(
    stratum: NDArray[np.int64], resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw micrographs with replacement, within strata.

    Returns
    -------
    (resamples, n_units) float64
        How often each micrograph was drawn.
    """
    counts = np.zeros((resamples, stratum.size))
    for value in range(int(stratum.max()) + 1):
        members = np.flatnonzero(stratum == value)
        equal = np.full(members.size, 1 / members.size)
        counts[:, members] = rng.multinomial(members.size, equal, size=resamples)
    return counts


def weighted_sums(counts: NDArray[np.float64], by_unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return counts @ by_unit, (B, K) x (K, J), with the same bytes for any number of threads.

    A BLAS product sums in an order that depends on its threads; einsum's own loop does not.
    """
    return np.einsum("bk,kj->bj", counts, by_unit, optimize=False)


def figures_of(sizes: Sizes, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return every figure of `FIGURES` for every resample.

    Parameters
    ----------
    sizes : Sizes
    counts : (B, n_units) float64
        How often each micrograph is drawn; a row of ones is the sample itself.

    Returns
    -------
    dict of str to (B,) float64
        In nm, but spans and sigma_g.

    Notes
    -----
    Moments M_k = Σ w x^k: mean_n = M1/M0, mean_v = M4/M3, Sauter = M3/M2 (ISO 9276-2);
    geometric_mean = exp(Σ w ln x / Σ w), sigma_g = exp √(Σ w (ln x - ln geometric_mean)² / Σ w).
    """
    figures = _means(sizes, counts)
    for letter, weight in (("n", sizes.weight), ("v", sizes.volume_weight)):
        d10, d50, d90 = resampled_quantiles(sizes, weight, counts, (0.1, 0.5, 0.9)).T
        figures |= {f"d10_{letter}": d10, f"d50_{letter}": d50, f"d90_{letter}": d90}
        figures[f"span_{letter}"] = (d90 - d10) / d50
    return {name: figures[name] for name in FIGURES}


def resampled_quantiles(
    sizes: Sizes,
    weight: NDArray[np.float64],
    counts: NDArray[np.float64],
    probabilities: Sequence[float],
) -> NDArray[np.float64]:
    """Return quantiles of every resample by the mid-step rule.

    Parameters
    ----------
    sizes : Sizes
    weight : (n,) float64
        The weights of `sizes` by number or by volume.
    counts : (B, n_units) float64
    probabilities : (q,) sequence of float
        Above 0, up to 1.

    Returns
    -------
    (B, q) float64, nm
        What `weighted_quantiles` gives for the sizes with weights times draws.
    """
    blocks = _Blocks.of(sizes, weight)
    chunks = np.array_split(counts, -(-counts.shape[0] // _ROWS_AT_ONCE))
    return np.concatenate([_Resamples.of(blocks, part).quantiles(probabilities) for part in chunks])


def _means(sizes: Sizes, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    # Powers of x over a middle size, and logs of it, keep the sums near 1 and exact.
    middle = sizes.ecd[sizes.n // 2]
    x = sizes.ecd / middle
    log = np.log(x)
    terms = [np.ones_like(x), x, x**2, x**3, x**4, log, log**2]
    by_unit = np.stack(
        [sum_by(sizes.unit, sizes.weight * term, sizes.n_units) for term in terms],
        axis=1,
    )
    m0, m1, m2, m3, m4, mean_log, square_log = weighted_sums(counts, by_unit).T
    mean_log = mean_log / m0
    variance = np.maximum(square_log / m0 - mean_log**2, 0.0)
    # Rounding leaves 1e-16 where all sizes are equal; nobody measures a spread of 1e-7.
    variance[variance < 1e-14] = 0.0
    return {
        "mean_n": middle * m1 / m0,
        "mean_v": middle * m4 / m3,
        "sauter": middle * m3 / m2,
        "geometric_mean": middle * np.exp(mean_log),
        "sigma_g": np.exp(np.sqrt(variance)),
    }


@dataclass(frozen=True)
class _Blocks:
    """Steps of the cumulative distribution in blocks of equal length, micrographs apart.

    Particles of one size in one micrograph are one entry; entries of one size stand together
    and are one step. The last block is filled up by entries of no micrograph and no weight.

    Attributes
    ----------
    ecd, weight, unit : (m,) arrays
        Entries, ascending.
    start, width : (m,) int64
        First entry and number of entries of the step that an entry belongs to.
    length : int
        Entries in a block.
    sums : (K, blocks) float64
        Weight of each micrograph in each block.
    first : (K, blocks + 1) int64
        First entry of a micrograph in this block or later, m if there is none.
    last : (K, blocks + 1) int64
        Last entry of a micrograph before this block, -1 if there is none.
    """

    ecd: NDArray[np.float64]
    weight: NDArray[np.float64]
    unit: NDArray[np.int64]
    start: NDArray[np.int64]
    width: NDArray[np.int64]
    length: int
    sums: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def of(cls, sizes: Sizes, weight: NDArray[np.float64]) -> _Blocks:
        """Arrange sizes, which stand in the order of size and micrograph, with one weighting."""
        new_size = np.append(True, np.diff(sizes.ecd) > 0)
        heads = np.flatnonzero(new_size | np.append(True, np.diff(sizes.unit) != 0))
        ecd, unit = sizes.ecd[heads], sizes.unit[heads]
        weight = np.add.reduceat(weight, heads)
        step = np.cumsum(new_size[heads]) - 1
        starts = np.flatnonzero(new_size[heads])

        entries, units = heads.size, sizes.n_units
        wanted = int(np.clip(np.sqrt(_LOOK * entries / units), 1, min(_MAX_BLOCKS, entries)))
        length = -(-entries // wanted)
        blocks = -(-entries // length)
        place = np.arange(entries)
        block = place // length
        sums = sum_by(unit * blocks + block, weight, units * blocks)
        first = np.full((units, blocks + 1), blocks * length)
        last = np.full((units, blocks + 1), -1)
        np.minimum.at(first, (unit, block), place)
        np.maximum.at(last, (unit, block + 1), place)
        pad = blocks * length - entries
        return cls(
            np.append(ecd, np.zeros(pad)),
            np.append(weight, np.zeros(pad)),
            np.append(unit, np.full(pad, units)),
            starts[step],
            np.diff(np.append(starts, entries))[step],
            length,
            sums.reshape(units, blocks),
            np.minimum.accumulate(first[:, ::-1], axis=1)[:, ::-1],
            np.maximum.accumulate(last, axis=1),
        )


@dataclass(frozen=True)
class _Resamples:
    """Some resamples of the same blocks.

    Attributes
    ----------
    drawn : (B, K + 1) float64
        How often each micrograph was drawn; the last stands for the padding, never drawn.
    up_to : (B, blocks) float64
        Weight of each block and all before it.
    """

    blocks: _Blocks
    drawn: NDArray[np.float64]
    up_to: NDArray[np.float64]

    @classmethod
    def of(cls, blocks: _Blocks, counts: NDArray[np.float64]) -> _Resamples:
        drawn = np.append(counts, np.zeros((counts.shape[0], 1)), axis=1)
        return cls(blocks, drawn, np.cumsum(weighted_sums(counts, blocks.sums), axis=1))

    def quantiles(self, probabilities: Sequence[float]) -> NDArray[np.float64]:
        """Return (B, q) float64."""
        return np.stack([self._quantile(probability) for probability in probabilities], axis=1)

    def _quantile(self, probability: float) -> NDArray[np.float64]:
        blocks = self.blocks
        target = probability * self.up_to[:, -1]
        at, reached = self._entry(target)
        start, width = blocks.start[at], blocks.width[at]
        own = self._weight_of_step(at)
        middle = reached - self._weight_of_step(at, up_to=at) + own / 2

        neighbour = np.where(target >= middle, self._next(start + width - 1), self._previous(start))
        exists = (neighbour >= 0) & (neighbour < blocks.weight.size)
        neighbour = np.where(exists, neighbour, at)
        distance = (own + self._weight_of_step(neighbour)) / 2
        share = np.minimum(np.abs(target - middle) / distance, 1.0)
        return blocks.ecd[at] + share * (blocks.ecd[neighbour] - blocks.ecd[at])

    def _entry(self, target: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the drawn entry that takes the sum of weights to `target`, and that sum."""
        row = np.arange(target.size)
        block = np.argmax(self.up_to >= target[:, None], axis=1)
        before = np.where(block > 0, self.up_to[row, block - 1], 0.0)
        weight = self._weights(block)
        inside = before[:, None] + np.cumsum(weight, axis=1)
        there = (inside >= target[:, None]) & (weight > 0)
        # The sum may round to just below the block's own: then it is the last entry drawn.
        last = weight.shape[1] - 1 - np.argmax(weight[:, ::-1] > 0, axis=1)
        column = np.where(there.any(axis=1), np.argmax(there, axis=1), last)
        return block * self.blocks.length + column, inside[row, column]

    def _weights(self, block: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weights of the entries of one block for each resample, (B, length)."""
        place = block[:, None] * self.blocks.length + np.arange(self.blocks.length)
        return self.blocks.weight[place] * self._draws(self.blocks.unit[place])

    def _draws(self, unit: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.take_along_axis(self.drawn, unit, axis=1)

    def _weight_of_step(
        self, at: NDArray[np.int64], *, up_to: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return the weight of the step that an entry is part of, as far as entry `up_to`."""
        start, width = self.blocks.start[at], self.blocks.width[at]
        place = start[:, None] + np.arange(width.max())
        end = start + width if up_to is None else up_to + 1
        own = place < end[:, None]
        place = np.where(own, place, start[:, None])
        weight = self.blocks.weight[place] * self._draws(self.blocks.unit[place])
        return np.where(own, weight, 0.0).sum(axis=1)

    def _next(self, after: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first drawn entry after this one, the number of entries if there is none."""
        block, column = np.divmod(after, self.blocks.length)
        later = (self._weights(block) > 0) & (np.arange(self.blocks.length) > column[:, None])
        inside = block * self.blocks.length + np.argmax(later, axis=1)
        candidates = self.blocks.first[:, block + 1].T
        none = self.blocks.weight.size
        beyond = np.where(self.drawn[:, :-1] > 0, candidates, none).min(axis=1)
        return np.where(later.any(axis=1), inside, beyond)

    def _previous(self, before: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the last drawn entry before this one, -1 if there is none."""
        block, column = np.divmod(before, self.blocks.length)
        earlier = (self._weights(block) > 0) & (np.arange(self.blocks.length) < column[:, None])
        from_end = np.argmax(earlier[:, ::-1], axis=1)
        inside = (block + 1) * self.blocks.length - 1 - from_end
        candidates = self.blocks.last[:, block].T
        beyond = np.where(self.drawn[:, :-1] > 0, candidates, -1).max(axis=1)
        return np.where(earlier.any(axis=1), inside, beyond)
