from .bias import BIAS_MEASURANDS as BIAS_MEASURANDS
from .bias import AnalyticShape as AnalyticShape
from .bias import measurand_bias as measurand_bias
from .outlines import OutlineRings as OutlineRings
from .outlines import particle_outlines as particle_outlines
from .outlines import particle_parts as particle_parts
from .outlines import trace_outlines as trace_outlines
from .particles import MEASURED_COLUMNS as MEASURED_COLUMNS
from .particles import measure_particles as measure_particles

__all__ = [
    "BIAS_MEASURANDS",
    "MEASURED_COLUMNS",
    "AnalyticShape",
    "OutlineRings",
    "measurand_bias",
    "measure_particles",
    "particle_outlines",
    "particle_parts",
    "trace_outlines",
]
