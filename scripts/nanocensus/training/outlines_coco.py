"""Outlines of COCO files: https://cocodataset.org/#format-data (object detection)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .labels import LabelError


def read_coco(path: Path, picture: Path) -> list[list[np.ndarray] | np.ndarray]:
    """Read a picture's particles from a COCO file, in the order of its annotations.

    The picture is found by the file name in the list `images`, whatever folder that names.
    Polygons of an annotation are parts of one particle; run lengths as lists of numbers are read,
    compressed ones are refused. All categories count alike.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        images, annotations = content["images"], content["annotations"]
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise LabelError(
            f"{path}: no COCO file with `images` and `annotations` ({error!r})"
        ) from error
    found = [image for image in images if Path(image["file_name"]).name == picture.name]
    if len(found) != 1:
        raise LabelError(f"{path}: `images` names {picture.name!r} {len(found)} times, not once")
    mine = [one for one in annotations if one["image_id"] == found[0]["id"]]
    return [_particle(one, path) for one in mine]


def _particle(annotation: Mapping[str, Any], path: Path) -> list[np.ndarray] | np.ndarray:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, list) and segmentation:
        flat = [np.asarray(part, dtype=float) for part in segmentation]
        return [part.reshape(-1, 2)[:, ::-1] for part in flat]  # x, y -> y, x
    if isinstance(segmentation, dict) and isinstance(segmentation.get("counts"), list):
        return _mask(segmentation["size"], segmentation["counts"])
    raise LabelError(
        f"{path}: annotation {annotation.get('id')!r} has neither polygons nor a list of run "
        "lengths; export polygons"
    )


def _mask(size: list[int], counts: list[int]) -> np.ndarray:
    """Decode run lengths: outside and inside in turn, column by column."""
    inside = np.arange(len(counts)) % 2 == 1
    return np.repeat(inside, counts).reshape(size[::-1]).T
