from .codes import CALIBRATION_CODES as CALIBRATION_CODES
from .crops import Crop as Crop
from .crops import cut_crop as cut_crop
from .examine import Examined as Examined
from .examine import examine_file as examine_file
from .info_bar import InfoBar as InfoBar
from .info_bar import find_info_bar as find_info_bar
from .kinds import EVIDENCE_KINDS as EVIDENCE_KINDS
from .others import OTHER_PIXEL_SIZES as OTHER_PIXEL_SIZES
from .others import OtherSource as OtherSource
from .overlays import find_overlays as find_overlays
from .resolver import Calibration as Calibration
from .resolver import calibration_record as calibration_record
from .resolver import resolve_pixel_size as resolve_pixel_size
from .statements import AGREE_REL as AGREE_REL
from .statements import DISPUTED_REL as DISPUTED_REL
from .statements import allowed_rel as allowed_rel
from .status import CalibrationStatus as CalibrationStatus
from .status import calibration_findings as calibration_findings
from .status import calibration_status as calibration_status
from .status import usable_for_sizes as usable_for_sizes
from .user import UserStatement as UserStatement

__all__ = [
    "AGREE_REL",
    "CALIBRATION_CODES",
    "DISPUTED_REL",
    "EVIDENCE_KINDS",
    "OTHER_PIXEL_SIZES",
    "Calibration",
    "CalibrationStatus",
    "Crop",
    "Examined",
    "InfoBar",
    "OtherSource",
    "UserStatement",
    "allowed_rel",
    "calibration_findings",
    "calibration_record",
    "calibration_status",
    "cut_crop",
    "examine_file",
    "find_info_bar",
    "find_overlays",
    "resolve_pixel_size",
    "usable_for_sizes",
]
