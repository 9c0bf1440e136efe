from .network import ArchitectureError as ArchitectureError
from .network import build_network as build_network
from .network import load_encoder_weights as load_encoder_weights
from .settings import DecodingParameters as DecodingParameters
from .settings import InputParameters as InputParameters
from .settings import SegmentationSettings as SegmentationSettings
from .settings import SettingsError as SettingsError
from .targets import loss_weights as loss_weights
from .targets import normalise as normalise
from .targets import targets_from_labels as targets_from_labels

__all__ = [
    "ArchitectureError",
    "DecodingParameters",
    "InputParameters",
    "SegmentationSettings",
    "SettingsError",
    "build_network",
    "load_encoder_weights",
    "loss_weights",
    "normalise",
    "targets_from_labels",
]
