__all__ = [
    "DEMO_SEED",
    "INFO_BAR_STYLES",
    "SHAPES",
    "VENDORS",
    "Acquisition",
    "LabelledMicrograph",
    "Recipe",
    "RenderedFile",
    "RenderedMicrograph",
    "RenderedSample",
    "ShapeStyle",
    "add_info_bar",
    "demo_samples",
    "random_recipe",
    "random_samples",
    "render_campaign",
    "render_micrograph",
    "true_quantiles",
    "write_label_pictures",
    "write_rendered_file",
    "write_sheet",
    "write_vendor_tiff",
]

from .campaigns import RenderedFile as RenderedFile
from .campaigns import RenderedSample as RenderedSample
from .campaigns import render_campaign as render_campaign
from .campaigns import true_quantiles as true_quantiles
from .campaigns import write_rendered_file as write_rendered_file
from .campaigns import write_sheet as write_sheet
from .demo import DEMO_SEED as DEMO_SEED
from .demo import demo_samples as demo_samples
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
from .unseen import random_samples as random_samples
from .unseen import write_label_pictures as write_label_pictures
