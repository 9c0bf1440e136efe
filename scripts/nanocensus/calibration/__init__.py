"""From what metadata and sheet say to one pixel size, and what hides the picture."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
