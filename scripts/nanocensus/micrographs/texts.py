"""Text as instruments write it: unknown encodings, INI sections, XML with things around it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

Sections = dict[str, dict[str, str]]
Element = ElementTree.Element

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = ("utf-8", "cp932")
_SAMPLE_BYTES = 2000
_STEP_BYTES = 1 << 16
_DEEPEST = 200
"""Elements within elements; vendors' XML has a dozen, and deeper ones exhaust the stack."""


def decoded(data: bytes) -> str:
    """Return text of unknown encoding: by its mark, as UTF-16, UTF-8, cp932, or else latin-1.

    Examples
    --------
    >>> decoded("PixelSize=1".encode("utf-16")), decoded(b"\\xef\\xbb\\xbfa")
    ('PixelSize=1', 'a')
    >>> decoded("倍率".encode("cp932")), decoded(b"10 \\xb5m")
    ('倍率', '10 µm')
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    sample = data[:_SAMPLE_BYTES]
    if sample.count(0) > 0.3 * len(sample):
        little = sample[1::2].count(0) >= sample[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace")
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # In cp932 a lone micro or degree sign of latin-1 reads as a half-width katakana.
        if encoding == "cp932" and not re.search(r"[\u3040-\u30ff\u4e00-\u9fff\u03bc]", text):
            continue
        return text
    return data.decode("latin-1")


def ini_sections(text: str) -> Sections:
    """Return INI text as section -> key -> value; keys before any section are under ``""``.

    NULs, which some writers put between lines, end a line too.
    """
    sections: Sections = {}
    section: dict[str, str] | None = None
    for line in re.split(r"[\r\n\0]+", text):
        title = re.fullmatch(r"\s*\[([^\]]+)\]\s*", line)
        key, equals, value = line.partition("=")
        if title:
            section = sections.setdefault(title[1].strip(), {})
        elif equals:
            if section is None:
                section = sections.setdefault("", {})
            section[key.strip()] = value.strip()
    return sections


def parsed_xml(data: bytes, root: str) -> Element | None:
    """Return the element `root` of XML bytes that may have anything before and behind it.

    Parameters
    ----------
    data : bytes
        Text in UTF-8 or latin-1.
    root : str
        Local name of the outermost element.

    Returns
    -------
    Element or None
        None where there is no such element or it is damaged.
    """
    name = re.escape(root).encode()
    opening = re.search(rb"<(?:[\w.-]+:)?" + name + rb"[\s>]", data)
    if opening is None:
        return None
    closing = data.find(b":" + root.encode() + b">", opening.end())
    plain = data.find(b"</" + root.encode() + b">", opening.end())
    ends = [end for end in (closing, plain) if end >= 0]
    if not ends:
        return None
    end = data.index(b">", min(ends)) + 1
    return parsed_document(data[opening.start() : end])


def parsed_document(data: bytes) -> Element | None:
    """Return the root of XML bytes without a declaration, None if they are damaged.

    Parameters
    ----------
    data : bytes
        In UTF-8, or else in Windows' western encoding.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        data = data.decode("cp1252", "replace").encode("utf-8")
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("start", "end"))
    depth = 0
    found: Element | None = None
    try:
        for start in range(0, len(data), _STEP_BYTES):
            parser.feed(data[start : start + _STEP_BYTES])
            events: Iterator[Any] = parser.read_events()
            for event, element in events:
                depth += 1 if event == "start" else -1
                if depth > _DEEPEST:
                    return None
                found = element
        parser.close()
    except (ElementTree.ParseError, LookupError, ValueError):
        return None
    return found if depth == 0 else None


def text_of(element: Element, *paths: str) -> str | None:
    """Return the first text that is not blank among paths of local names, any namespace.

    Examples
    --------
    >>> text_of(ElementTree.fromstring("<a><b> 5 </b></a>"), "x/y", "b")
    '5'
    """
    for path in paths:
        found = element.findtext("/".join(f"{{*}}{part}" for part in path.split("/")))
        if found and found.strip():
            return found.strip()
    return None


def element_at(element: Element, path: str) -> Element | None:
    """Return the first element at a path of local names, any namespace."""
    return element.find("/".join(f"{{*}}{part}" for part in path.split("/")))
