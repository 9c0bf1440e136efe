"""What can be set in segmentation: by the user's configuration, and by a bundle's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

Quality = Literal["fast", "balanced", "best"]
"""How much time the segmentation of a picture is given; see `SegmentationSettings`."""


class SettingsError(ValueError):
    """A setting that does not exist or has a value that is not allowed."""


class _FromMapping:
    """Reading a settings class from a bundle's card and writing it there."""

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Self:
        """Build from plain values; missing keys keep their defaults, unknown ones are refused."""
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        unknown = sorted(set(given) - known)
        if unknown:
            raise SettingsError(
                f"{cls.__name__}: {', '.join(unknown)} unknown; allowed are "
                f"{', '.join(sorted(known))}"
            )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})

    def as_mapping(self) -> dict[str, Any]:
        """Return plain values for a card: tuples as lists."""
        values = asdict(self)  # type: ignore[call-overload]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


@dataclass(frozen=True)
class SegmentationSettings:
    """What a user's configuration says about segmentation.

    Attributes
    ----------
    working_scale : "auto" or float
        Working pixels per pixel of the prepared picture at which the network looks; found for
        each picture if "auto".
    quality : "fast", "balanced" or "best"
        How much time is given. `fast` looks at halves of the resolution only, not at half steps
        between them, and computes in bfloat16 on processors that multiply it natively. The others
        average the answer with that of a finer look; `best` also over four quarter turns, and
        enlarges the picture for the finer look.
    tile_px : int
        Longest side of a tile that the network is given, working px; bounds the memory.
    batch : int
        Tiles in one pass on a GPU (the CPU gains nothing from more than one).
    """

    working_scale: float | Literal["auto"] = "auto"
    quality: Quality = "balanced"
    tile_px: int = 1152
    batch: int = 4

    def __post_init__(self) -> None:
        if self.working_scale != "auto" and not 0 < float(self.working_scale) <= 16:
            raise SettingsError(
                f"working_scale is {self.working_scale!r}; allowed are auto and 0 < scale <= 16"
            )
        if self.quality not in get_args(Quality):
            raise SettingsError(
                f"quality is {self.quality!r}; allowed are {', '.join(get_args(Quality))}"
            )


@dataclass(frozen=True)
class InputParameters(_FromMapping):
    """What a network expects of its input; `input` in a bundle's card.

    Attributes
    ----------
    smallest_ecd_px, largest_ecd_px : float
        Median area-equivalent diameter of a picture's particles, working px, that the network
        was trained for. Where the working resolution is chosen, others count less.
    halo_px : int
        Distance from which the network's answer is no longer influenced, working px: tiles
        overlap by twice as much.
    """

    smallest_ecd_px: float = 20.0
    largest_ecd_px: float = 64.0
    halo_px: int = 96


@dataclass(frozen=True)
class DecodingParameters(_FromMapping):
    """How a prediction becomes particles; fitted on validation data, `decoding` in the card.

    Attributes
    ----------
    foreground_threshold : float
        Foreground probability from which a pixel belongs to a particle.
    seed_levels : tuple of float
        Ascending levels of the distance channel. A region above one level that falls into
        several above a higher one is several particles.
    min_rise : float
        A region counts as a particle of its own if it rises so far above the level.
    boundary_weight : float
        How much of the boundary's probability is taken off the distance before seeds are sought.
    smoothing_px : float
        Standard deviation of the Gaussian that smooths this map, working px.
    min_seed_area_px : int
        Smaller regions above a level are noise, working px^2.
    min_area_px : int
        Smaller instances are specks and removed, working px^2. `Segmentation` tells their number
        and the diameter in px of the picture below which nothing can be found.
    max_hole_share : float
        A gap inside one particle is closed if its area is at most this share of the particle's.
    probability_weights : tuple of 4 floats
        Intercept and slopes of the logistic function that turns an instance's features (see
        `instance_features`) into its probability of being a particle.
    """

    foreground_threshold: float = 0.5
    seed_levels: tuple[float, ...] = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    min_rise: float = 0.1
    boundary_weight: float = 0.3
    smoothing_px: float = 1.0
    min_seed_area_px: int = 4
    min_area_px: int = 20
    max_hole_share: float = 0.3
    probability_weights: tuple[float, float, float, float] = (-6.0, 8.0, 2.0, 0.0)

    def __post_init__(self) -> None:
        if not 0 < self.foreground_threshold < 1:
            raise SettingsError(
                f"foreground_threshold is {self.foreground_threshold!r}, not between 0 and 1"
            )
        if not self.seed_levels or list(self.seed_levels) != sorted(set(self.seed_levels)):
            raise SettingsError(f"seed_levels {self.seed_levels!r} do not ascend")


ESTIMATE_VERSION = 2
"""Of what the estimate's signs are; weights of another version would be applied to other things.
A change of `nanocensus.segmentation.scale.conviction` or of what it is given is one, too."""


@dataclass(frozen=True)
class EstimateParameters(_FromMapping):
    """How a picture's signs become an estimate of its F1; fitted on validation data.

    `estimate` in a bundle's card; a card without it gives no estimate.

    Attributes
    ----------
    weights : tuple of 3 floats
        Intercept and slopes of the logistic function of `nanocensus.segmentation.estimate.SIGNS`.
        No slope is negative: a better sign never lowers the estimate.
    review_below : float
        A picture whose estimated F1 at IoU 0.5 is lower needs a person's look.
    version : int
        `ESTIMATE_VERSION` when they were fitted.
    """

    weights: tuple[float, float, float] = (0.0, 1.0, 1.0)
    review_below: float = 0.5
    version: int = ESTIMATE_VERSION

    def __post_init__(self) -> None:
        if self.version != ESTIMATE_VERSION:
            raise SettingsError(
                f"estimate is of version {self.version!r}, this program knows {ESTIMATE_VERSION}; "
                "take the bundle's own version of the program, or fit the estimate anew"
            )
        if len(self.weights) != 3 or min(self.weights[1:]) < 0:
            raise SettingsError(f"weights {self.weights!r}: an intercept and 2 slopes from 0 up")
