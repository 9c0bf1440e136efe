"""How numbers, intervals and texts are written: one place for pages, charts and figures."""

from __future__ import annotations

import html
import math
import re
from typing import Any

import pandas as pd

NOT_KNOWN = "–"
NOT_ESTIMABLE = "not estimable"
# Digits of an interval's half-width that are shown; more would be false precision (GUM 7.2.6).
_INTERVAL_DIGITS = 2
_MOST_DECIMALS = 6
_FIGURE = re.compile(r"\b(d\d\d|span|mean)_([nv])(_nm)?\b")


def is_missing(value: Any) -> bool:
    """Return whether a table's cell is empty (None, NaN, NA or an empty text)."""
    return value is None or value is pd.NA or value == "" or (value != value)


def number(value: Any, digits: int = 3) -> str:
    """Return a number with significant digits, never in exponents between 1e-4 and 1e7.

    Examples
    --------
    >>> number(0.012345), number(52.34), number(0.0), number(None)
    ('0.0123', '52.3', '0', '–')
    """
    if is_missing(value) or not math.isfinite(float(value)):
        return NOT_KNOWN
    value = float(value)
    if value == 0.0:
        return "0"
    if not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _grouped(value, min(decimals, _MOST_DECIMALS))


def count(value: Any) -> str:
    """Return a whole number with narrow spaces between groups of three digits."""
    return NOT_KNOWN if is_missing(value) else _grouped(round(float(value)), 0)


def percent(share: Any, digits: int = 2) -> str:
    """Return a share 0..1 in percent.

    Examples
    --------
    >>> percent(0.1234), percent(None)
    ('12 %', '–')
    """
    return NOT_KNOWN if is_missing(share) else f"{number(100 * float(share), digits)} %"


def interval_decimals(low: float, high: float) -> int:
    """Return the decimals that show two digits of an interval's half-width.

    Examples
    --------
    >>> interval_decimals(50.9, 53.8), interval_decimals(10.0, 200.0)
    (1, 0)
    """
    half = abs(high - low) / 2
    if half == 0.0 or not math.isfinite(half):
        return 3
    return min(_MOST_DECIMALS, max(0, _INTERVAL_DIGITS - 1 - math.floor(math.log10(half))))


def with_interval(value: Any, low: Any, high: Any, unit: str = "") -> str:
    """Return a value with its interval, rounded by the interval's width.

    Examples
    --------
    >>> with_interval(52.341, 50.9, 53.8, "nm")
    '52.3 nm [50.9, 53.8]'
    >>> with_interval(52.341, None, None, "nm")
    '52.3 nm [not estimable]'
    >>> with_interval(None, None, None)
    '–'
    """
    if is_missing(value):
        return NOT_KNOWN
    unit = f" {unit}" if unit and unit != "1" else ""
    if is_missing(low) or is_missing(high):
        return f"{number(value)}{unit} [{NOT_ESTIMABLE}]"
    decimals = interval_decimals(float(low), float(high))
    value, low, high = (_grouped(float(v), decimals) for v in (value, low, high))
    return f"{value}{unit} [{low}, {high}]"


def without_interval(value: Any, low: Any, high: Any) -> str:
    """Return a value alone, rounded as beside its interval.

    Examples
    --------
    >>> without_interval(83.71, 71.2, 99.4), without_interval(83.71, None, None)
    ('84', '83.7')
    """
    return with_interval(value, low, high).partition(" [")[0]


def p_value(value: Any) -> str:
    """Return a probability of the null hypothesis.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00004), p_value(None)
    ('0.031', '< 0.001', '–')
    """
    if is_missing(value):
        return NOT_KNOWN
    return "< 0.001" if float(value) < 0.001 else number(value, 2)


def plural(amount: int, one: str, many: str | None = None) -> str:
    """Return an amount with its noun.

    Examples
    --------
    >>> plural(1, "micrograph"), plural(20, "micrograph")
    ('1 micrograph', '20 micrographs')
    """
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"


def listing(words: list[str]) -> str:
    """Return words joined as a sentence does.

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def words(name: str) -> str:
    """Return a column's value such as `touching_cluster` as words."""
    return name.replace("_", " ")


def figure_names(text: str) -> str:
    """Return a text in which columns such as `d50_n` are called as the pages call them.

    Examples
    --------
    >>> figure_names("d90_v and span_v not supported"), figure_names("d50_n_nm")
    ('D90,v and span,v not supported', 'D50,n (nm)')
    """
    return _FIGURE.sub(
        lambda found: f"{found[1].replace('d', 'D')},{found[2]}" + (" (nm)" if found[3] else ""),
        text,
    )


def plot_text(text: str) -> str:
    """Return text that plotly shows as it stands: it reads some HTML tags and `%{...}`."""
    return html.escape(text, quote=False).replace("%{", "%\u200b{").replace("$", "&#36;")


def _grouped(value: float, decimals: int) -> str:
    """Return fixed decimals with narrow no-break spaces between groups of three digits."""
    text = f"{value:,.{decimals}f}".replace(",", "\u202f")
    return text.replace("-", "−") if text.startswith("-") else text
