from .edge_models import EdgeModel as EdgeModel
from .profiles import half_height_depths as half_height_depths
from .record import outline_record as outline_record
from .record import outline_unit_px as outline_unit_px
from .record import unrefined_outlines as unrefined_outlines
from .refinement import RefinedOutlines as RefinedOutlines
from .refinement import refine_outlines as refine_outlines

__all__ = [
    "EdgeModel",
    "RefinedOutlines",
    "half_height_depths",
    "outline_record",
    "outline_unit_px",
    "refine_outlines",
    "unrefined_outlines",
]
