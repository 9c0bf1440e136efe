"""Which metadata in TIFF files are read, and which are known but not read."""

from __future__ import annotations

from nanocensus.micrographs.fei import VENDOR as FEI
from nanocensus.micrographs.imagej import VENDOR as IMAGEJ
from nanocensus.micrographs.metadata import TiffVendor
from nanocensus.micrographs.ome import VENDOR as OME
from nanocensus.micrographs.zeiss import VENDOR as ZEISS

TIFF_VENDORS: tuple[TiffVendor, ...] = (ZEISS, FEI, OME, IMAGEJ)
"""All are asked; the first that answers gives the instrument fields."""

UNREAD_TIFF_TAGS = {
    33560: "Olympus SIS",
    34683: "FEI/Thermo XML",
    37706: "TVIPS",
    50431: "TESCAN",
    51023: "Fibics Atlas",
    65000: "Zeiss Orion or Gatan",
    65009: "Gatan",
}
"""Private tags of vendors whose metadata cannot be read yet: the picture can, its size not."""
