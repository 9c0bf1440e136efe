from .examine import Examined as Examined
from .examine import examine_file as examine_file
from .info_bar import InfoBar as InfoBar
from .info_bar import find_info_bar as find_info_bar
from .overlays import find_overlays as find_overlays
from .resolver import Calibration as Calibration
from .resolver import calibration_record as calibration_record
from .resolver import resolve_pixel_size as resolve_pixel_size

__all__ = [
    "Calibration",
    "Examined",
    "InfoBar",
    "calibration_record",
    "examine_file",
    "find_info_bar",
    "find_overlays",
    "resolve_pixel_size",
]
