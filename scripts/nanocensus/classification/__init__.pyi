from .classifier import Classifier as Classifier
from .classifier import load_classifier as load_classifier
from .classifier import mean_probabilities as mean_probabilities
from .classifier import view_logits as view_logits
from .crops import CropSettings as CropSettings
from .crops import grey_range as grey_range
from .crops import particle_crop as particle_crop
from .network import ClassifierArchitectureError as ClassifierArchitectureError
from .network import ClassifierNetwork as ClassifierNetwork
from .network import build_classifier_network as build_classifier_network
from .network import load_trunk_weights as load_trunk_weights

__all__ = [
    "Classifier",
    "ClassifierArchitectureError",
    "ClassifierNetwork",
    "CropSettings",
    "build_classifier_network",
    "grey_range",
    "load_classifier",
    "load_trunk_weights",
    "mean_probabilities",
    "particle_crop",
    "view_logits",
]
