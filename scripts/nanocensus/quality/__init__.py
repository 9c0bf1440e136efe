"""Figures of a micrograph's quality, the findings they give rise to, and its signature."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
