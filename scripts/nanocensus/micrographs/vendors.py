"""Which metadata in TIFF files, and which files beside pictures, are read."""

from __future__ import annotations

from nanocensus.micrographs.fei import VENDOR as FEI
from nanocensus.micrographs.fibics import VENDOR as FIBICS
from nanocensus.micrographs.gatan_tiff import VENDOR as GATAN
from nanocensus.micrographs.hitachi import SIDECAR as HITACHI
from nanocensus.micrographs.imagej import VENDOR as IMAGEJ
from nanocensus.micrographs.jeol_sem import SIDECAR as JEOL_SEM
from nanocensus.micrographs.jeol_tem import VENDOR as JEOL_TEM
from nanocensus.micrographs.metadata import TiffVendor
from nanocensus.micrographs.mrc import SIDECAR as SERIALEM
from nanocensus.micrographs.ome import VENDOR as OME
from nanocensus.micrographs.orion import VENDOR as ORION
from nanocensus.micrographs.phenom import VENDOR as PHENOM
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.sis import VENDOR as SIS
from nanocensus.micrographs.tescan import SIDECAR as TESCAN_HEADER
from nanocensus.micrographs.tescan import VENDOR as TESCAN
from nanocensus.micrographs.thermo_xml import VENDOR as THERMO_XML
from nanocensus.micrographs.tia import SIDECAR as TIA
from nanocensus.micrographs.tvips import VENDOR as TVIPS
from nanocensus.micrographs.zeiss import VENDOR as ZEISS

TIFF_VENDORS: tuple[TiffVendor, ...] = (
    ZEISS,
    FEI,
    THERMO_XML,
    PHENOM,
    ORION,
    FIBICS,
    TESCAN,
    TVIPS,
    SIS,
    JEOL_TEM,
    GATAN,
    OME,
    IMAGEJ,
)
"""All are asked; of those that answer, the first one's instrument fields count."""

SIDECAR_VENDORS: tuple[SidecarVendor, ...] = (JEOL_SEM, HITACHI, TESCAN_HEADER, SERIALEM, TIA)
"""The first that recognises a file reads it."""
