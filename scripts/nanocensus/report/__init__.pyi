from .gallery import GallerySettings as GallerySettings
from .gallery import draw_micrograph as draw_micrograph
from .gallery import outlines_for_display as outlines_for_display
from .gallery import write_gallery_picture as write_gallery_picture
from .outlines import STEPS_PER_PX as STEPS_PER_PX
from .outlines import DisplayOutlines as DisplayOutlines
from .outlines import read_outlines as read_outlines
from .outlines import write_outlines as write_outlines
from .pages import ReportSettings as ReportSettings
from .site import write_report as write_report

__all__ = [
    "STEPS_PER_PX",
    "DisplayOutlines",
    "GallerySettings",
    "ReportSettings",
    "draw_micrograph",
    "outlines_for_display",
    "read_outlines",
    "write_gallery_picture",
    "write_outlines",
    "write_report",
]
