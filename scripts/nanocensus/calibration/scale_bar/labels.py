"""What burned-in text says about lengths: bar labels, field widths, reciprocal units."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nanocensus.calibration.scale_bar.text import Box, TextLine
from nanocensus.micrographs.units import length_nm

_EXACT = ("pm", "Å", "nm", "μm", "um", "micron", "microns", "mm")
"""Units as bars carry them; what they stand for is known to `micrographs.units`."""
_MICRO_MISREAD = ("jum", "μ", "ym", "xm", "jm", "wm", "μn", "un", "μrn", "urn", "pum", "m", "lm")
_NANO_MISREAD = ("rm", "nrn", "nn", "rim", "nim", "hm", "nrm", "mn", "nme", "n")
_MEANT = {
    **{unit: unit for unit in _EXACT},
    **dict.fromkeys(_MICRO_MISREAD, "μm"),
    **dict.fromkeys(_NANO_MISREAD, "nm"),
    "A": "Å",
}
"""What the engine reads, to the unit that stands there."""
_UNITS = sorted(_MEANT, key=len, reverse=True)
_DIGIT_MISREAD = str.maketrans({"I": "1", "l": "1", "|": "1", "i": "1", "O": "0", "o": "0"})
_LABEL = re.compile(
    r"(?P<number>(?:\d|(?<![A-Za-z])[IlOo|]|[.,](?=\d))[\dIlOo|.,]{0,5})"
    rf"(?P<unit>{'|'.join(map(re.escape, _UNITS))})(?=(?P<after>.?))",
)
_OTHER_QUANTITY = re.compile(r"(WD|W\.D\.?|Width|HFW|FW|FOV|field|[=:<>~±+/×*^-])$", re.I)
_NAMED_LENGTH = re.compile(r"(?:WD|W\.D\.?|Width|HFW|FW|FOV|field)[:=]?$", re.I)
# A width of anything else (pixel, line, band) is not the picture's: "Width" begins a line or cell.
_FIELD_NAME = (
    r"(?:(?:^|[|;,]|\s{2})\s*(?:(?:image|picture|frame|(?:horizontal|horiz\.?)?\s*field)\s*)?width"
    r"|(?<![A-Za-z])(?:view\s*field|field\s*of\s*view|h?fov|hfw|f\.?w\.?)(?![A-Za-z]))"
)
_FIELD = re.compile(
    _FIELD_NAME + r"\s*[:=]?\s*(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>nm|μm|um|mm)(?![A-Za-z])",
    re.I,
)
_FIELD_HEAD = re.compile(r"(?:HFW|HFOV|View\s*field|FOV)[:=]?", re.I)
_FINEST_PIXEL_NM, _COARSEST_PIXEL_NM = 0.005, 20_000.0
_MAYBE = re.compile(r"[-—_|]?[\dOIl.,]{1,5}[^\d\s()]{1,5}[-—_|]?")
_QUANTITY = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>nm|μm|um|mm)(?![A-Za-z])")
# FEI's |--4 µm--| is read as -4μm-1 and the like: a dash and an ordinary one are an exponent only
# where no dash or stroke goes before, and not of µm, whose patterns no instrument so labels.
_EXPONENT = r"(?![\dA-Za-zμÅ.,])"
_RECIPROCAL = re.compile(
    r"1/(?:nm|μm|um|A|Å)" + _EXPONENT + r"|(?:nm|Å|μm|um)⁻[1¹]" + _EXPONENT + r"|\dmrad(?![A-Za-z])"
)
_PLAIN_EXPONENT = re.compile(
    r"(?:^|[^-—–_|\dIl.,])\d{0,2}(?:[.,]\d+)?(?:nm|Å)\^?[-−]1" + _EXPONENT  # 99 nm-1 at most
)
_WHOLLY_RECIPROCAL = re.compile(
    r"[\d.,]+(?:1/(?:nm|μm|um|A|Å)|/(?:nm|Å)|(?:nm|Å)\^?[-−⁻][1¹]|(?:μm|um)⁻[1¹]|mrad)"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")  # or a decimal comma: a factor of a thousand
_USUAL = (1.0, 2.0, 2.5, 3.0, 4.0, 5.0)
_SELDOM = (1.2, 1.25, 1.5, 3.5, 6.0, 7.0, 7.5, 8.0, 9.0)
_MIN_SCORE = 0.4
_BAR_SIGNS = "-—–_|~"
_STROKES = "lI"  # the end of a bar or of a box beside the text
_LONGEST_MM = 3.0
"""No electron micrograph is wider than 5 mm: a bar of more millimetres is a misread nm."""
_SHORTEST_PM = 45.0
"""A bar of 12 px with pixels of 4 pm, finer than which no microscope scans: what is shorter is a
misread µm."""


@dataclass(frozen=True)
class Length:
    """A length as one reading of a text gives it.

    Attributes
    ----------
    value_nm : float, nm
    exact : bool
        Whether number and unit stand there in a spelling that means nothing else.
    usual : bool
        Whether the number is one that bars usually carry: 1, 2, 2.5, 3, 4, 5 x 10^n.
    start, end : float
        Part of the line's width that it takes, 0 to 1.
    """

    value_nm: float
    exact: bool
    usual: bool
    start: float = 0.0
    end: float = 1.0


def normal_text(text: str) -> str:
    """Return text with one code point for micro, no blanks, and full-width signs made usual.

    Examples
    --------
    >>> normal_text("1 \\u00b5m") == normal_text("1 \\u03bcm") == "1μm"
    True
    """
    text = unicodedata.normalize("NFKC", text).replace("，", ",").replace("。", ".")
    return "".join(text.split())


def lengths_in(text: str) -> list[Length]:
    """Return every length in a line that could be a bar's label.

    Examples
    --------
    >>> [length.value_nm for length in lengths_in("0,5 µm")]
    [500.0]
    >>> [length.value_nm for length in lengths_in(".2 um")], lengths_in("WD = 5 mm")
    ([200.0], [])
    >>> [length.value_nm for length in lengths_in("X1,000 10 µm SEM")]
    [10000.0]
    """
    # A bar broken by its label is read as dashes around it.
    plain = normal_text(text)
    bare = plain.lstrip(_BAR_SIGNS)
    lead = len(plain) - len(bare)
    blanks = {place - lead for place in _blanks(text)}
    bare = bare.rstrip(_BAR_SIGNS)
    found = []
    for match in _LABEL.finditer(bare):
        length = _length(bare, match, match.start(), blanks)
        later = [
            _length(bare, match, start, blanks) for start in _later_starts(bare, match, blanks)
        ]
        parts = [part for part in later if part is not None]
        sure = next((part for part in parts if part.exact), None)
        if length is None or not length.exact:
            length = sure or (parts[-1] if parts else length)
        elif sure is not None and sure.usual:
            # "1 50 nm" may be the end of a bar and its label.
            length = replace(length, exact=False)
        if length is not None:
            whole = len(plain)
            place = (lead + match.start()) / whole, (lead + match.end("unit")) / whole
            found.append(replace(length, start=place[0], end=place[1]))
    return found


def _later_starts(plain: str, match: re.Match[str], blanks: set[int]) -> list[int]:
    """Return where a number may begin within a match: "X1,000 10 µm" holds two.

    A blank beside a point, or in the number of a named length, parts one number, not two: the
    rest of "HFW 18. 6 µm" or "WD 5 2 mm" is no label.
    """
    if _NAMED_LENGTH.search(plain[: match.start()]):
        return []
    within = sorted(blanks & set(range(match.start() + 1, match.end("number"))))
    return [start for start in within if not {plain[start - 1], plain[start]} & set(".,")]


def _blanks(text: str) -> set[int]:
    """Return before which signs of `normal_text` blanks stood."""
    places, count = set(), 0
    for word in text.split():
        places.add(count)
        count += len(normal_text(word))
    return places


def _length(plain: str, match: re.Match[str], start: int, blanks: set[int]) -> Length | None:
    """Return the length of one match in a normalised text, None where it is none.

    Parameters
    ----------
    plain : str
    match : re.Match
        Of `_LABEL`.
    start : int
        Where its number begins.
    blanks : set of int
        Before which signs blanks stood.
    """
    after, end = match["after"], match.end("unit")
    # The engine loses blanks: a capital begins the next word.
    joined = after.isalpha() and not after.isupper() and end not in blanks
    joined = joined and after not in _STROKES
    if joined or _OTHER_QUANTITY.search(plain[:start]):
        return None
    number, exact = _number(plain[start : match.end("number")])
    if number is None:
        return None
    unit = match["unit"]
    if unit == "mm" and number > _LONGEST_MM:
        unit, exact = "nm", False
    if unit == "pm" and number < _SHORTEST_PM:
        unit = "μm"
    exact = exact and unit in _EXACT
    mantissa = number / 10.0 ** math.floor(math.log10(number) + 1e-9)
    usual = any(abs(mantissa - one) < 1e-6 for one in _USUAL)
    if not usual and not any(abs(mantissa - one) < 1e-6 for one in _SELDOM):
        return None
    # Text that touches without a blank may belong to the number or to the unit.
    touched = after.isalnum() and end not in blanks
    if touched or (start > 0 and plain[start - 1].isalnum() and start not in blanks):
        exact = False
    return Length(float(f"{number * _nm_in(_MEANT[unit]):.9g}"), exact, usual)


def _nm_in(unit: str) -> float:
    """Return the nanometres in a unit that is known to be one of length."""
    size_nm = length_nm(unit)
    assert size_nm is not None, unit
    return size_nm


def _number(text: str) -> tuple[float | None, bool]:
    """Return a number and whether its spelling is beyond doubt."""
    digits = text.translate(_DIGIT_MISREAD)
    exact = digits == text and not _THOUSANDS.fullmatch(digits)
    digits = digits.replace(",", ".")
    if digits.endswith("."):
        digits, exact = digits[:-1], False
    if digits.count(".") > 1 or not digits.strip("."):
        return None, False
    if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
        # The point of 0.5 is the first thing that small type loses.
        digits, exact = f"0.{digits[1:]}", False
    value = float(digits)
    if digits.startswith("."):
        exact = exact and value < 1
    return (value, exact) if value > 0 else (None, False)


def may_be_label(text: str) -> bool:
    """Tell whether a line that is no length looks like one misread: few signs with a digit.

    Examples
    --------
    >>> may_be_label("50.rir"), may_be_label("2ps"), may_be_label("(a)"), may_be_label("ZEISS")
    (True, True, False, False)
    """
    return _MAYBE.fullmatch(normal_text(text)) is not None


def is_reciprocal(text: str, *, whole: bool = False, in_gap: bool = False) -> bool:
    """Tell whether a text carries a unit of reciprocal space or of an angle.

    Parameters
    ----------
    text : str
    whole : bool
        Whether nothing else may stand there.
    in_gap : bool
        Whether it stands in the gap of a broken bar, where "-1" is the bar.

    Examples
    --------
    >>> [is_reciprocal(text) for text in ("5 nm-1", "2 1/nm", "10 mrad", "5 nm", "5 nm⁻¹")]
    [True, True, True, False, True]
    >>> [is_reciprocal(text) for text in ("I-500nm-I", "-4μm-l", "4μm-1", "100 nm -1 kV")]
    [False, False, False, False]
    >>> is_reciprocal("50 nm-1"), is_reciprocal("50 nm-1", in_gap=True)
    (True, False)
    """
    raw = "".join(text.split()).replace("µ", "μ")
    found = _RECIPROCAL.search(raw) or (None if in_gap else _PLAIN_EXPONENT.search(raw))
    return found is not None and (not whole or _WHOLLY_RECIPROCAL.fullmatch(raw) is not None)


@dataclass(frozen=True)
class FieldLabel:
    """A text that gives the width of the picture.

    Attributes
    ----------
    width_nm : float, nm
    u_rel : float
        Relative standard uncertainty of the rounding of its digits.
    text : str
    box : Box
    """

    width_nm: float
    u_rel: float
    text: str
    box: Box


def field_labels(lines: Sequence[TextLine], columns: int) -> list[FieldLabel]:
    """Return the field widths that the text states ("Width = 7.520 µm", "HFW" above its value).

    Parameters
    ----------
    lines : sequence of TextLine
    columns : int, px
        Width of the picture; what would make impossible pixels is left out.
    """
    found = []
    for line in lines:
        text = _spaced_text(line.text)
        match = _FIELD.search(text)
        if match is None and _FIELD_HEAD.fullmatch(text):
            below = _line_below(line, lines)
            match = _QUANTITY.fullmatch(normal_text(below.text)) if below else None
        if match is None or line.score <= _MIN_SCORE or _THOUSANDS.fullmatch(match["number"]):
            continue
        label = _field(match, line)
        if _FINEST_PIXEL_NM <= label.width_nm / columns <= _COARSEST_PIXEL_NM:
            found.append(label)
    return found


def agreed_field(labels: Sequence[FieldLabel]) -> FieldLabel | None:
    """Return the one field width of a picture, the finest digits; None where they contradict.

    Values that differ by no more than the rounding of their digits are one.
    """
    finest = min(labels, key=lambda label: label.u_rel, default=None)
    if finest is None:
        return None
    for label in labels:
        rounding_rel = math.sqrt(3) * (label.u_rel + finest.u_rel)
        if abs(label.width_nm / finest.width_nm - 1) > rounding_rel + 1e-9:
            return None
    return finest


def _spaced_text(text: str) -> str:
    """Return text as `normal_text` does, with its blanks."""
    return unicodedata.normalize("NFKC", text).replace("，", ",").replace("。", ".").strip()


def _field(match: re.Match[str], line: TextLine) -> FieldLabel:
    number = match["number"].replace(",", ".")
    value = float(number)
    decimals = len(number.partition(".")[2])
    u_rel = 0.5 * 10.0**-decimals / math.sqrt(3) / value if value else 0.0
    width_nm = value * _nm_in(match["unit"].lower())
    return FieldLabel(float(f"{width_nm:.9g}"), u_rel, line.text, line.box)


def _line_below(head: TextLine, lines: Sequence[TextLine]) -> TextLine | None:
    """Return the line right below a table's head."""
    below = [
        line
        for line in lines
        if 0 < line.box.centre_y - head.box.centre_y < 2.2 * head.box.height
        and min(line.box.right, head.box.right) > max(line.box.left, head.box.left)
    ]
    return min(below, key=lambda line: abs(line.box.centre_x - head.box.centre_x), default=None)
