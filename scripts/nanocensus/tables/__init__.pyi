from .glossary import Column as Column
from .glossary import column_of as column_of
from .glossary import columns_of as columns_of
from .glossary import shape_classes as shape_classes

__all__ = ["Column", "column_of", "columns_of", "shape_classes"]
