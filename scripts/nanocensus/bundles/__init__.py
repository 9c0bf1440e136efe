"""A trained model on disk: weights, the card that says what it is, and the check of both."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
