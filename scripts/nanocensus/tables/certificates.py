"""How old the calibration of the microscope was when a picture was taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-/.:](\d{1,2})[-/.:](\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_DAY_NAMED_MONTH = re.compile(r"\b(\d{1,2})[ .-]+([A-Za-z]{3})[a-z]*[ .,-]+(\d{4})\b")
_NAMED_MONTH_DAY = re.compile(r"\b([A-Za-z]{3})[a-z]*[ .-]+(\d{1,2}),?[ ]+(\d{4})\b")


def stated_pixel_size_nm(facts: Mapping[str, Any]) -> float | None:
    """Return a micrograph's pixel size as its files state it, before the factor of a standard."""
    size_nm, factor = facts.get("pixel_size_nm"), facts.get("scale_factor")
    if size_nm is None or factor is None or facts.get("pixel_size_source") == "sheet":
        return size_nm
    return float(size_nm) / float(factor)


def certificate_age_days(certified: str, acquired: str) -> int | None:
    """Return the days between a certificate and a picture, whichever came first.

    Parameters
    ----------
    certified : str
        YYYY-MM-DD.
    acquired : str
        Date and time as the vendor writes it.

    Returns
    -------
    int or None
        None if the text holds no date. Of a date whose day and month cannot be told apart, the
        reading that lies nearer: what is warned about is too old in either.

    Examples
    --------
    >>> certificate_age_days("2020-03-20", "2021/03/20 11:02")
    365
    >>> certificate_age_days("2020-03-20", "03/04/2020")  # 4 March or 3 April
    14
    >>> certificate_age_days("2020-03-20", "yesterday") is None
    True
    """
    day = date.fromisoformat(certified)
    ages = [abs((taken - day).days) for taken in _possible_dates(acquired)]
    return min(ages, default=None)


def _possible_dates(text: str) -> Iterator[date]:
    """Yield the dates that a text may mean; none is a day that does not exist."""
    if found := _YEAR_FIRST.search(text):
        yield from _valid(int(found[1]), int(found[2]), int(found[3]))
    elif found := _YEAR_LAST.search(text):
        yield from _valid(int(found[3]), int(found[2]), int(found[1]))
        yield from _valid(int(found[3]), int(found[1]), int(found[2]))
    elif found := _DAY_NAMED_MONTH.search(text):
        yield from _valid(int(found[3]), _month(found[2]), int(found[1]))
    elif found := _NAMED_MONTH_DAY.search(text):
        yield from _valid(int(found[3]), _month(found[1]), int(found[2]))


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
