__all__ = [
    "Recipe",
    "RenderedMicrograph",
    "ShapeStyle",
    "random_recipe",
    "render_micrograph",
]

from .micrograph import RenderedMicrograph as RenderedMicrograph
from .micrograph import render_micrograph as render_micrograph
from .recipes import Recipe as Recipe
from .recipes import random_recipe as random_recipe
from .shapes import ShapeStyle as ShapeStyle
