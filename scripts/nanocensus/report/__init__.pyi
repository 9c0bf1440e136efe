from .gallery import GallerySettings as GallerySettings
from .gallery import draw_micrograph as draw_micrograph
from .gallery import write_gallery_picture as write_gallery_picture
from .pages import ReportSettings as ReportSettings
from .site import write_report as write_report

__all__ = [
    "GallerySettings",
    "ReportSettings",
    "draw_micrograph",
    "write_gallery_picture",
    "write_report",
]
