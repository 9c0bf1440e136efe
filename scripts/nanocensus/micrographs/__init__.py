"""Raw micrographs of any vendor into one kind of picture, and the prepared picture's files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
