"""What segmenting costs on this machine, beside a yardstick, and what other engines would cost."""

from __future__ import annotations

import importlib
import resource
import statistics
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import segmentation_models_pytorch as smp
import torch

from .export import export_onnx
from .loading import load_network
from .tiling import NetworkOnTiles

_YARDSTICK_SIDE_PX = 512
_REPEATS = 5

Answer = Callable[[np.ndarray], np.ndarray]
"""(1, h, w) float32 normalised grey values -> (1, C, h, w) float32, 0..1."""


class Seconds(NamedTuple):
    """What one call took: seconds of the clock, and of all processors together."""

    wall: float
    processor: float


class EngineTiming(NamedTuple):
    """One engine's answer to one tile.

    Attributes
    ----------
    name : str
    seconds : Seconds or None
        Median of some calls after the first; None where the engine is not installed.
    largest_difference : float
        Of a probability from plain torch in float32.
    """

    name: str
    seconds: Seconds | None
    largest_difference: float


def seconds_of(call: Callable[[], Any]) -> Seconds:
    """Time one call."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def median_seconds(call: Callable[[], Any], repeats: int = _REPEATS) -> Seconds:
    """Time a call some times after a first one, which warms caches up."""
    call()
    taken = [seconds_of(call) for _ in range(repeats)]
    return Seconds(*(statistics.median(column) for column in zip(*taken, strict=True)))


def yardstick() -> Seconds:
    """Time a float32 forward pass of smp's U-Net with ResNet50 (random weights) at 512 x 512."""
    network = smp.Unet("resnet50", encoder_weights=None).eval()
    given = torch.zeros(1, 3, _YARDSTICK_SIDE_PX, _YARDSTICK_SIDE_PX)
    with torch.inference_mode():
        return median_seconds(lambda: network(given), 3)


def load_bpartis(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Load the network of a peer, BPartIS, for its single pass, to be timed beside ours.

    Parameters
    ----------
    folder : Path
        What `pip install --no-deps --target FOLDER imagedataextractor==2.0.4` filled. (B. Yildirim,
        J. M. Cole, J. Chem. Inf. Model. 2021, 61(3), 1136; MIT licence.)

    Returns
    -------
    callable
        (H, W) grey values 0..255 -> labels (H, W). It shrinks every picture to 512 x 512.
    """
    # the package itself would import its OCR; only its parts for segmentation are wanted
    package = types.ModuleType("imagedataextractor")
    package.__path__ = [str(folder / "imagedataextractor")]
    sys.modules[package.__name__] = package
    peer = importlib.import_module("imagedataextractor.segment").ParticleSegmenter(bayesian=False)

    def segment(pixels: np.ndarray) -> np.ndarray:
        colours = np.repeat(pixels.astype(np.uint8)[..., None], 3, axis=2)
        with torch.inference_mode():
            return peer.segment(colours)[0]

    return segment


def peak_memory_bytes() -> int:
    """Return the largest resident memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def time_engines(bundle: Path, shape: tuple[int, int]) -> Iterator[EngineTiming]:
    """Time a bundle's network on one tile in several engines, one thread each.

    Parameters
    ----------
    bundle : Path
    shape : (int, int)
        Of the tile, px; multiples of the network's stride.
    """
    torch.set_num_threads(1)
    tile = np.random.default_rng(1).normal(0, 0.5, (1, *shape)).astype(np.float32)
    exact = _plain(bundle)(tile)
    for name, prepare in _ENGINES.items():
        try:
            answer = prepare(bundle)
        except ImportError:
            yield EngineTiming(name, None, float("nan"))
            continue
        difference = float(np.abs(answer(tile) - exact).max())
        taken = median_seconds(lambda answer=answer: answer(tile))  # type: ignore[misc]
        yield EngineTiming(name, taken, difference)


def _plain(bundle: Path) -> Answer:
    """Use torch as it comes."""
    network, _ = load_network(bundle)

    def answer(tile: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return torch.sigmoid(network(torch.from_numpy(tile[:, None]))).numpy()

    return answer


def _on_tiles(bundle: Path, arithmetic: torch.dtype) -> Answer:
    """Use what the workflow does."""
    return NetworkOnTiles(load_network(bundle)[0], torch.device("cpu"), arithmetic)


def _compiled(bundle: Path) -> Answer:
    network = load_network(bundle)[0].to(memory_format=torch.channels_last)
    return NetworkOnTiles(torch.compile(network), torch.device("cpu"))  # type: ignore[arg-type]


def _onnx_runtime(bundle: Path) -> Answer:
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = _exported(bundle, Path(folder))
        session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda tile: session.run(None, {"pixels": tile[:, None]})[0]


def _openvino(bundle: Path) -> Answer:
    openvino = importlib.import_module("openvino")
    with tempfile.TemporaryDirectory() as folder:
        model = openvino.Core().read_model(_exported(bundle, Path(folder)))
        # its default is bfloat16 where the processor can
        exact = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.compile_model(model, "CPU", exact)
    return lambda tile: compiled(tile[:, None])[0]


def _exported(bundle: Path, folder: Path) -> Path:
    export_onnx(bundle, folder / "network.onnx")
    return folder / "network.onnx"


_ENGINES: dict[str, Callable[[Path], Answer]] = {
    "torch, float32": _plain,
    "torch, channels last": lambda bundle: _on_tiles(bundle, torch.float32),
    "torch, channels last, bfloat16": lambda bundle: _on_tiles(bundle, torch.bfloat16),
    "torch.compile, channels last": _compiled,
    "ONNX Runtime, float32": _onnx_runtime,
    "OpenVINO, float32": _openvino,
}
