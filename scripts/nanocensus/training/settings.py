"""Settings of a training run; together with the data sheets they decide its course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from nanocensus.campaign import sha256_of_json

from .optimisers import OPTIMISERS, SCHEDULES
from .recipes import NANOCENSUS, RECIPES, with_recipe
from .weight_maps import WEIGHT_MAPS


class TrainingSettingsError(ValueError):
    """A training setting is unknown or out of range."""


@dataclass(frozen=True)
class PatchSettings:
    """How patches are drawn from labelled pictures.

    Attributes
    ----------
    sides_px : tuple of int
        Sides of square patches; each batch draws one. Small ones for pictures that are small
        at the resolution drawn for them.
    pixels_per_batch : int
        A batch holds so many pixels, whatever its side.
    particle_px : tuple of float
        Range of the median particle's diameter in the patch; drawn log-uniformly. It is the
        range of working resolutions at which the model is to be used.
    largest_zoom : float
        Pictures are not enlarged beyond this.
    """

    sides_px: tuple[int, ...] = (128, 192, 256)
    pixels_per_batch: int = 8 * 256 * 256
    particle_px: tuple[float, float] = (12.0, 96.0)
    largest_zoom: float = 2.0


@dataclass(frozen=True)
class LossSettings:
    """Weights of the parts of the loss; see `nanocensus.training.losses`.

    Those of channels that a network does not have count nothing.
    """

    foreground: float = 1.0
    dice: float = 1.0
    boundary: float = 1.0
    distance: float = 2.0


@dataclass(frozen=True)
class WeightMapSettings:
    """How much each pixel counts; see `nanocensus.training.weight_maps`.

    Attributes
    ----------
    kind : str
        contacts: 5 between particles that lie within 2 px, 1 elsewhere. gaps: w0, sigma_px and
        gamma say how much more pixels count between two particles and on contours. none: 1.
    w0, gamma : float
        0 or more.
    sigma_px : float
        In pixels of the zoomed patch, above 0.
    """

    kind: str = "contacts"
    w0: float = 10.0
    sigma_px: float = 7.0
    gamma: float = 0.0

    def __post_init__(self) -> None:
        _check_one_of("weight_map.kind", self.kind, WEIGHT_MAPS)
        # "not": NaN is refused too
        if not (self.sigma_px > 0 and self.w0 >= 0 and self.gamma >= 0):
            raise TrainingSettingsError(
                f"training, weight_map: sigma_px {self.sigma_px!r} must be above 0, w0 {self.w0!r} "
                f"and gamma {self.gamma!r} 0 or more"
            )


@dataclass(frozen=True)
class TrainingSettings:
    """Everything but data that decides the course of a training run.

    Attributes
    ----------
    architecture : dict
        Handed to `nanocensus.segmentation.build_network`. A configuration may name one of
        `RECIPES` instead, which fills the other settings too.
    seed : int
        Of the split, the first weights and all draws.
    steps : int
        Batches in the whole run; the rate's one cycle spans them.
    optimiser : {"adamw", "adam"}
    schedule : {"one_cycle", "constant"}
        Of the rate.
    rate, encoder_rate_factor, weight_decay : float
        The optimiser's (peak) rate, its factor for the (pretrained) encoder, and its decay.
    warm_up : float
        Share of the steps in which the rate of one cycle rises.
    gradient_norm : float
        Gradients are clipped to this norm.
    average_decay : float
        Decay per step of the exponential moving average of the weights, which is what is
        validated and kept; 0 is the weights themselves.
    validate_every : int
        Steps between validations.
    patience : int
        Validations without a better score after which the run ends early.
    half_precision : bool
        bfloat16 autocast (faster only where the device computes it natively).
    """

    architecture: Mapping[str, Any] = field(default_factory=lambda: dict(NANOCENSUS))
    seed: int = 20261121
    steps: int = 3000
    optimiser: str = "adamw"
    schedule: str = "one_cycle"
    rate: float = 2e-3
    encoder_rate_factor: float = 0.25
    weight_decay: float = 0.01
    warm_up: float = 0.1
    gradient_norm: float = 5.0
    average_decay: float = 0.995
    validate_every: int = 150
    patience: int = 12
    half_precision: bool = True
    patches: PatchSettings = field(default_factory=PatchSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    weight_map: WeightMapSettings = field(default_factory=WeightMapSettings)

    def __post_init__(self) -> None:
        _check_one_of("optimiser", self.optimiser, OPTIMISERS)
        _check_one_of("schedule", self.schedule, SCHEDULES)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Make settings from a configuration's section; unknown keys are refused."""
        _check_section(values, "training.settings")
        if isinstance(name := values.get("architecture"), str):
            _check_one_of("architecture", name, RECIPES)
        given = with_recipe(values)
        for name, section in _SECTIONS.items():
            if name in given:
                given[name] = _checked(section, given[name], f"training.{name}")
        return _checked(cls, given, "training")

    def digest(self) -> str:
        """Return the SHA-256 of the settings: a checkpoint of others is not resumed."""
        return sha256_of_json(asdict(self))


_SECTIONS: dict[str, type] = {
    "patches": PatchSettings,
    "loss": LossSettings,
    "weight_map": WeightMapSettings,
}


def _check_one_of(name: str, given: str, allowed: Iterable[str]) -> None:
    if given not in (names := sorted(allowed)):
        raise TrainingSettingsError(f"training, {name}: {given!r} is none of {names}")


def _check_section(values: Any, where: str) -> None:
    if not isinstance(values, Mapping):
        raise TrainingSettingsError(
            f"{where}: {values!r}; keys and values are needed (remove the section if it is empty)"
        )


def _checked(section: Any, values: Mapping[str, Any], where: str) -> Any:
    _check_section(values, where)
    known = {f.name for f in fields(section)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise TrainingSettingsError(f"{where}: {unknown} unknown; known are {sorted(known)}")
    return section(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
