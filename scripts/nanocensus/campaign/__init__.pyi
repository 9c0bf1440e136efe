from .files import canonical_json as canonical_json
from .files import replacing as replacing
from .files import sha256_of_file as sha256_of_file
from .files import sha256_of_json as sha256_of_json
from .files import write_text_if_changed as write_text_if_changed

__all__ = [
    "canonical_json",
    "replacing",
    "sha256_of_file",
    "sha256_of_json",
    "write_text_if_changed",
]
