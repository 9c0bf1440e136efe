"""Colours of the report: one place, safe for the common kinds of colour blindness.

The shape colours are those of Okabe and Ito (2008, "Color Universal Design"); they differ in
lightness as well as in hue, so they stay apart in grey print. Line style tells counted particles
from those set aside, so colour is never the only sign.
"""

from __future__ import annotations

SHAPE_COLOURS = {
    "sphere": "#56B4E9",
    "rod": "#E69F00",
    "triangle": "#009E73",
    "cube": "#D55E00",
    "hexagon": "#CC79A7",
    "octahedron": "#0072B2",
    "other": "#F0E442",
    "unknown": "#C9CED3",
}
FURTHER_SHAPE_COLOURS = ("#AA4499", "#44AA99", "#999933", "#882255", "#117733", "#332288")
SET_ASIDE_COLOUR = "#F4F6F8"

SAMPLE_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#AA3377",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#999933",
)
SAMPLE_DASHES = ("solid", "dash", "dot", "dashdot")

# By number (power 0) and by volume (power 3): colour and dash.
WEIGHT_STYLES = {0: ("#0B5C8E", "solid"), 3: ("#D55E00", "dash")}

REASON_COLOURS = (
    "#44617B",
    "#D08C3C",
    "#7FA37A",
    "#A55C68",
    "#8E7CB0",
    "#5AA3A8",
    "#B5A642",
    "#9AA3AB",
)

INK = "#1C2733"
MUTED = "#5C6873"
FAINT = "#8A949E"
RULE = "#DCE2E8"
ACCENT = "#0B5C8E"


def shape_colour(shape: str, shapes: list[str]) -> str:
    """Return the colour of a shape class; classes unknown here follow their order in `shapes`."""
    if shape in SHAPE_COLOURS:
        return SHAPE_COLOURS[shape]
    further = sorted(set(shapes) - set(SHAPE_COLOURS))
    place = further.index(shape) if shape in further else 0
    return FURTHER_SHAPE_COLOURS[place % len(FURTHER_SHAPE_COLOURS)]


def sample_style(place: int) -> tuple[str, str]:
    """Return colour and dash of the sample at a place; colours repeat with another dash."""
    colour = SAMPLE_COLOURS[place % len(SAMPLE_COLOURS)]
    return colour, SAMPLE_DASHES[(place // len(SAMPLE_COLOURS)) % len(SAMPLE_DASHES)]


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue (0..255) of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def translucent(colour: str, opacity: float) -> str:
    """Return a CSS colour of `#rrggbb` with an opacity 0..1."""
    red, green, blue = rgb(colour)
    return f"rgba({red},{green},{blue},{opacity:g})"
