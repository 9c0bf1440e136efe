__all__ = [
    "INFO_BAR_STYLES",
    "SHAPES",
    "VENDORS",
    "Acquisition",
    "LabelledMicrograph",
    "Recipe",
    "RenderedMicrograph",
    "ShapeStyle",
    "add_info_bar",
    "random_recipe",
    "render_micrograph",
    "write_vendor_tiff",
]

from .files import VENDORS as VENDORS
from .files import write_vendor_tiff as write_vendor_tiff
from .lettering import INFO_BAR_STYLES as INFO_BAR_STYLES
from .lettering import Acquisition as Acquisition
from .lettering import LabelledMicrograph as LabelledMicrograph
from .lettering import add_info_bar as add_info_bar
from .micrograph import RenderedMicrograph as RenderedMicrograph
from .micrograph import render_micrograph as render_micrograph
from .recipes import Recipe as Recipe
from .recipes import random_recipe as random_recipe
from .shapes import SHAPES as SHAPES
from .shapes import ShapeStyle as ShapeStyle
