"""Write a segmentation bundle's network as ONNX.

pip install "nanocensus[onnx]", or onnx and onnxscript, then
python scripts/export_onnx.py --bundle resources/models/nanocensus --output nanocensus.onnx
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.segmentation import export_onnx


def main(arguments: Sequence[str]) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    export_onnx(given.bundle, given.output)


if __name__ == "__main__":
    main(sys.argv[1:])
