"""Outlines of COCO files: https://cocodataset.org/#format-data (object detection)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .labels import LabelError, read_grey


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
    try:
        found = [image for image in images if Path(image["file_name"]).name == picture.name]
        mine = [one for one in annotations if found and one["image_id"] == found[0]["id"]]
    except (KeyError, TypeError) as error:
        raise LabelError(
            f"{path}: an entry lacks `file_name`, `id` or `image_id` ({error!r})"
        ) from error
    if len(found) != 1:
        raise LabelError(f"{path}: `images` names {picture.name!r} {len(found)} times, not once")
    shape = read_grey(picture).shape
    for side, here in (("height", shape[0]), ("width", shape[1])):
        if found[0].get(side, here) != here:
            raise LabelError(
                f"{path}: {side} of {picture.name!r} is given as {found[0][side]}, the picture's "
                f"is {here}"
            )
    return [_particle(one, path) for one in mine]


def _particle(annotation: Mapping[str, Any], path: Path) -> list[np.ndarray] | np.ndarray:
    where = f"{path}: annotation {annotation.get('id')!r}"
    segmentation = annotation.get("segmentation")
    if annotation.get("iscrowd"):
        # a crowd would count as one huge particle
        raise LabelError(f"{where} is a crowd (`iscrowd`); outline its particles one by one")
    try:
        if isinstance(segmentation, list) and segmentation:
            flat = [np.asarray(part, dtype=float) for part in segmentation]
            if not all(np.isfinite(part).all() for part in flat):
                raise ValueError("coordinates that are no numbers")
            return [part.reshape(-1, 2)[:, ::-1] for part in flat]  # x, y -> y, x
        if isinstance(segmentation, dict) and isinstance(segmentation.get("counts"), list):
            return _mask(segmentation["size"], segmentation["counts"])
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{where} cannot be read as outlines ({error!r})") from error
    raise LabelError(f"{where} has neither polygons nor a list of run lengths; export polygons")


def _mask(size: list[int], counts: list[int]) -> np.ndarray:
    """Decode run lengths: outside and inside in turn, column by column."""
    height, width = size
    if sum(counts) != height * width:
        raise ValueError(f"run lengths add up to {sum(counts)}, not to {height} x {width} pixels")
    inside = np.arange(len(counts)) % 2 == 1
    return np.repeat(inside, counts).reshape(width, height).T
