from .build import Tables as Tables
from .build import build_tables as build_tables
from .exclusion import COMPLETENESS as COMPLETENESS
from .exclusion import RULE_NAMES as RULE_NAMES
from .exclusion import UNKNOWN as UNKNOWN
from .exclusion import decide_classes as decide_classes
from .glossary import Column as Column
from .glossary import column_of as column_of
from .glossary import columns_of as columns_of
from .glossary import shape_classes as shape_classes
from .pictures import PictureRecord as PictureRecord
from .records import picture_records as picture_records
from .settings import CountSettings as CountSettings
from .settings import StatisticsSettings as StatisticsSettings
from .settings import TablesError as TablesError
from .strict import StrictError as StrictError
from .write import write_tables as write_tables

__all__ = [
    "COMPLETENESS",
    "RULE_NAMES",
    "UNKNOWN",
    "Column",
    "CountSettings",
    "PictureRecord",
    "StatisticsSettings",
    "StrictError",
    "Tables",
    "TablesError",
    "build_tables",
    "column_of",
    "columns_of",
    "decide_classes",
    "picture_records",
    "shape_classes",
    "write_tables",
]
