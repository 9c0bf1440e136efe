from .decoding import FEATURES as FEATURES
from .decoding import Decoded as Decoded
from .decoding import complete as complete
from .decoding import decode as decode
from .decoding import instance_features as instance_features
from .device import DeviceError as DeviceError
from .device import resolve_device as resolve_device
from .files import NETWORK_MASK as NETWORK_MASK
from .files import read_labels as read_labels
from .files import read_probability as read_probability
from .files import write_label_pictures as write_label_pictures
from .files import write_segmentation as write_segmentation
from .network import ArchitectureError as ArchitectureError
from .network import build_network as build_network
from .network import load_encoder_weights as load_encoder_weights
from .network import load_imagenet_weights as load_imagenet_weights
from .network import stride_of as stride_of
from .segmenter import Segmentation as Segmentation
from .segmenter import Segmenter as Segmenter
from .segmenter import load_segmenter as load_segmenter
from .settings import DecodingParameters as DecodingParameters
from .settings import InputParameters as InputParameters
from .settings import SegmentationSettings as SegmentationSettings
from .settings import SettingsError as SettingsError
from .targets import loss_weights as loss_weights
from .targets import normalise as normalise
from .targets import targets_from_labels as targets_from_labels
from .tiling import NetworkOnTiles as NetworkOnTiles
from .tiling import predict_tiled as predict_tiled

__all__ = [
    "FEATURES",
    "NETWORK_MASK",
    "ArchitectureError",
    "Decoded",
    "DecodingParameters",
    "DeviceError",
    "InputParameters",
    "NetworkOnTiles",
    "Segmentation",
    "SegmentationSettings",
    "Segmenter",
    "SettingsError",
    "build_network",
    "complete",
    "decode",
    "instance_features",
    "load_encoder_weights",
    "load_imagenet_weights",
    "load_segmenter",
    "loss_weights",
    "normalise",
    "predict_tiled",
    "read_labels",
    "read_probability",
    "resolve_device",
    "stride_of",
    "targets_from_labels",
    "write_label_pictures",
    "write_segmentation",
]
