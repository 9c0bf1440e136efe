from .checks import refuse_too_small as refuse_too_small
from .checks import refuse_unusable as refuse_unusable
from .findings import IN_SHEET as IN_SHEET
from .findings import LEVELS as LEVELS
from .findings import Finding as Finding
from .findings import MicrographError as MicrographError
from .findings import worst_level as worst_level
from .prepared import PreparedMicrograph as PreparedMicrograph
from .prepared import read_prepared as read_prepared
from .prepared import write_prepared as write_prepared
from .reading import read_micrograph as read_micrograph
from .records import micrograph_record as micrograph_record
from .sidecar_names import SIDECAR_SUFFIXES as SIDECAR_SUFFIXES
from .sidecar_names import find_sidecars as find_sidecars
from .types import Instrument as Instrument
from .types import Micrograph as Micrograph
from .types import PixelSize as PixelSize
from .types import PixelSizeEvidence as PixelSizeEvidence

__all__ = [
    "IN_SHEET",
    "LEVELS",
    "SIDECAR_SUFFIXES",
    "Finding",
    "Instrument",
    "Micrograph",
    "MicrographError",
    "PixelSize",
    "PixelSizeEvidence",
    "PreparedMicrograph",
    "find_sidecars",
    "micrograph_record",
    "read_micrograph",
    "read_prepared",
    "refuse_too_small",
    "refuse_unusable",
    "worst_level",
    "write_prepared",
]
