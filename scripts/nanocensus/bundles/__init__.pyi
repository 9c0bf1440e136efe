from .bundle import Bundle as Bundle
from .bundle import BundleError as BundleError
from .bundle import read_bundle as read_bundle
from .bundle import write_bundle as write_bundle

__all__ = ["Bundle", "BundleError", "read_bundle", "write_bundle"]
