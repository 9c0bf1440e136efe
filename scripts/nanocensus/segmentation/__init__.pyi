from .decoding import FEATURES as FEATURES
from .decoding import Decoded as Decoded
from .decoding import complete as complete
from .decoding import decode as decode
from .decoding import instance_features as instance_features
from .device import DeviceError as DeviceError
from .device import resolve_arithmetic as resolve_arithmetic
from .device import resolve_device as resolve_device
from .doubt import DOUBTFUL as DOUBTFUL
from .doubt import accepted_doubt as accepted_doubt
from .doubt import doubts as doubts
from .estimate import SIGNS as SIGNS
from .estimate import drop_improbable as drop_improbable
from .estimate import predict_f1 as predict_f1
from .export import export_onnx as export_onnx
from .files import NETWORK_MASK as NETWORK_MASK
from .files import read_labels as read_labels
from .files import read_probability as read_probability
from .files import write_label_pictures as write_label_pictures
from .files import write_segmentation as write_segmentation
from .loading import load_network as load_network
from .loading import load_segmenter as load_segmenter
from .network import ArchitectureError as ArchitectureError
from .network import build_network as build_network
from .network import load_encoder_weights as load_encoder_weights
from .network import load_imagenet_weights as load_imagenet_weights
from .network import stride_of as stride_of
from .segmenter import Segmentation as Segmentation
from .segmenter import Segmenter as Segmenter
from .settings import DecodingParameters as DecodingParameters
from .settings import EstimateParameters as EstimateParameters
from .settings import InputParameters as InputParameters
from .settings import Quality as Quality
from .settings import SegmentationSettings as SegmentationSettings
from .settings import SettingsError as SettingsError
from .targets import loss_weights as loss_weights
from .targets import normalise as normalise
from .targets import targets_from_labels as targets_from_labels
from .tiling import NetworkOnTiles as NetworkOnTiles
from .tiling import predict_tiled as predict_tiled
from .timing import Seconds as Seconds
from .timing import load_bpartis as load_bpartis
from .timing import peak_memory_bytes as peak_memory_bytes
from .timing import seconds_of as seconds_of
from .timing import time_engines as time_engines
from .timing import yardstick as yardstick

__all__ = [
    "DOUBTFUL",
    "FEATURES",
    "NETWORK_MASK",
    "SIGNS",
    "ArchitectureError",
    "Decoded",
    "DecodingParameters",
    "DeviceError",
    "EstimateParameters",
    "InputParameters",
    "NetworkOnTiles",
    "Quality",
    "Seconds",
    "Segmentation",
    "SegmentationSettings",
    "Segmenter",
    "SettingsError",
    "accepted_doubt",
    "build_network",
    "complete",
    "decode",
    "doubts",
    "drop_improbable",
    "export_onnx",
    "instance_features",
    "load_bpartis",
    "load_encoder_weights",
    "load_imagenet_weights",
    "load_network",
    "load_segmenter",
    "loss_weights",
    "normalise",
    "peak_memory_bytes",
    "predict_f1",
    "predict_tiled",
    "read_labels",
    "read_probability",
    "resolve_arithmetic",
    "resolve_device",
    "seconds_of",
    "stride_of",
    "targets_from_labels",
    "time_engines",
    "write_label_pictures",
    "write_segmentation",
    "yardstick",
]
