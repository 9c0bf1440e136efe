"""Telling a particle's shape and completeness from a crop of the micrograph around it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
