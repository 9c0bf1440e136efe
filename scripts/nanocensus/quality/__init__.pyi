from .gates import QualityGates as QualityGates
from .gates import quality_findings as quality_findings
from .noise import noise_sd as noise_sd
from .particles import particle_quality as particle_quality
from .picture import picture_quality as picture_quality
from .signature import NEAR_DUPLICATE_DISTANCE as NEAR_DUPLICATE_DISTANCE
from .signature import picture_signature as picture_signature
from .signature import signature_distance as signature_distance

__all__ = [
    "NEAR_DUPLICATE_DISTANCE",
    "QualityGates",
    "noise_sd",
    "particle_quality",
    "picture_quality",
    "picture_signature",
    "quality_findings",
    "signature_distance",
]
