from .info_bar import InfoBar as InfoBar
from .info_bar import find_info_bar as find_info_bar
from .overlays import find_overlays as find_overlays

__all__ = ["InfoBar", "find_info_bar", "find_overlays"]
