from .evidence import scale_bar_evidence as scale_bar_evidence
from .ocr import NoTextReaderError as NoTextReaderError
from .ocr import TextReaderError as TextReaderError
from .ocr import text_reader as text_reader
from .reader import ScaleBar as ScaleBar
from .reader import ScaleBarReading as ScaleBarReading
from .reader import read_scale_bar as read_scale_bar
from .reader import scale_bar_record as scale_bar_record

__all__ = [
    "NoTextReaderError",
    "ScaleBar",
    "ScaleBarReading",
    "TextReaderError",
    "read_scale_bar",
    "scale_bar_evidence",
    "scale_bar_record",
    "text_reader",
]
