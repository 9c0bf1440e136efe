from .edge_models import EdgeModel as EdgeModel
from .refinement import RefinedOutlines as RefinedOutlines
from .refinement import refine_outlines as refine_outlines

__all__ = ["EdgeModel", "RefinedOutlines", "refine_outlines"]
