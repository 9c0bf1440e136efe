from .labels import LabelError as LabelError
from .labels import number_instances as number_instances
from .labels import read_grey as read_grey
from .labels import read_instances as read_instances
from .sheet import DataSheetError as DataSheetError
from .sheet import LabelledPicture as LabelledPicture
from .sheet import emps_rows as emps_rows
from .sheet import of_split as of_split
from .sheet import read_data_sheet as read_data_sheet
from .sheet import write_data_sheet as write_data_sheet
from .splits import SplitShares as SplitShares
from .splits import fold_of as fold_of
from .splits import split_of as split_of

__all__ = [
    "DataSheetError",
    "LabelError",
    "LabelledPicture",
    "SplitShares",
    "emps_rows",
    "fold_of",
    "number_instances",
    "of_split",
    "read_data_sheet",
    "read_grey",
    "read_instances",
    "split_of",
    "write_data_sheet",
]
