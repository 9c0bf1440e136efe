from .batches import Source as Source
from .comparison_drawings import draw_comparison as draw_comparison
from .comparison_drawings import draw_scored as draw_scored
from .end_to_end import fit_end_to_end as fit_end_to_end
from .estimates import fit_estimate as fit_estimate
from .estimates import judge as judge
from .evaluation import Evaluation as Evaluation
from .evaluation import Scoring as Scoring
from .evaluation import evaluate as evaluate
from .evaluation import read_scored as read_scored
from .evaluation import rows_of_folders as rows_of_folders
from .evaluation import summarise_evaluation as summarise_evaluation
from .evaluation import write_evaluation as write_evaluation
from .evaluation_pages import EvaluatedPart as EvaluatedPart
from .evaluation_pages import evaluation_page as evaluation_page
from .evaluation_pages import training_page as training_page
from .evaluation_pages import write_comparison as write_comparison
from .formulas import SIZE_CLASSES as SIZE_CLASSES
from .formulas import SIZE_ERRORS as SIZE_ERRORS
from .formulas import figures as figures
from .formulas import mean_figures as mean_figures
from .formulas import size_class_counts as size_class_counts
from .labels import LabelError as LabelError
from .labels import number_instances as number_instances
from .labels import read_grey as read_grey
from .labels import read_instances as read_instances
from .labels import read_values as read_values
from .loop import CheckpointError as CheckpointError
from .loop import train as train
from .model_comparison import ComparisonError as ComparisonError
from .model_comparison import ModelDifference as ModelDifference
from .model_comparison import check_same_scoring as check_same_scoring
from .model_comparison import compare_models as compare_models
from .model_comparison import read_picture_table as read_picture_table
from .outlines import outlines_to_labels as outlines_to_labels
from .plan import TrainingPlan as TrainingPlan
from .plan import read_training_plan as read_training_plan
from .recipes import RECIPES as RECIPES
from .rendered import render_set as render_set
from .scores import Agreement as Agreement
from .scores import add as add
from .scores import compare as compare
from .seen import Seen as Seen
from .seen import SeenError as SeenError
from .seen import refuse_seen as refuse_seen
from .seen import seen_by as seen_by
from .seen import seen_specimens as seen_specimens
from .seen import specimens_of_plan as specimens_of_plan
from .seen import told_of_seen as told_of_seen
from .settings import LossSettings as LossSettings
from .settings import PatchSettings as PatchSettings
from .settings import TrainingSettings as TrainingSettings
from .settings import TrainingSettingsError as TrainingSettingsError
from .settings import WeightMapSettings as WeightMapSettings
from .shape_runs import ShapePlan as ShapePlan
from .shape_runs import read_shape_plan as read_shape_plan
from .shape_runs import run_shape_training as run_shape_training
from .sheet import DataSheetError as DataSheetError
from .sheet import LabelledPicture as LabelledPicture
from .sheet import emps_rows as emps_rows
from .sheet import of_split as of_split
from .sheet import read_data_sheet as read_data_sheet
from .sheet import write_data_sheet as write_data_sheet
from .shipping import complete_bundle as complete_bundle
from .shipping import finish_bundle as finish_bundle
from .shipping import fit_bundle_estimate as fit_bundle_estimate
from .shipping import list_specimens as list_specimens
from .shipping import run_training as run_training
from .specimens import percentile_interval as percentile_interval
from .specimens import sign_flip_test as sign_flip_test
from .specimens import specimen_intervals as specimen_intervals
from .splits import SplitShares as SplitShares
from .splits import deal_folds as deal_folds
from .splits import split_of as split_of
from .spoiling import spoil as spoil
from .summary import summarise_runs as summarise_runs
from .summary import write_summary as write_summary
from .traits import touching_share as touching_share
from .traits import traits_of as traits_of
from .validation import fit_decoding as fit_decoding
from .validation import predictor as predictor
from .validation import score_predictions as score_predictions
from .validation import scorer as scorer
from .validation import views_of as views_of
from .variants import pictures_of_run as pictures_of_run
from .variants import run_names as run_names
from .variants import split_fold as split_fold
from .weight_maps import weight_map as weight_map

__all__ = [
    "RECIPES",
    "SIZE_CLASSES",
    "SIZE_ERRORS",
    "Agreement",
    "CheckpointError",
    "ComparisonError",
    "DataSheetError",
    "EvaluatedPart",
    "Evaluation",
    "LabelError",
    "LabelledPicture",
    "LossSettings",
    "ModelDifference",
    "PatchSettings",
    "Scoring",
    "Seen",
    "SeenError",
    "ShapePlan",
    "Source",
    "SplitShares",
    "TrainingPlan",
    "TrainingSettings",
    "TrainingSettingsError",
    "WeightMapSettings",
    "add",
    "check_same_scoring",
    "compare",
    "compare_models",
    "complete_bundle",
    "deal_folds",
    "draw_comparison",
    "draw_scored",
    "emps_rows",
    "evaluate",
    "evaluation_page",
    "figures",
    "finish_bundle",
    "fit_bundle_estimate",
    "fit_decoding",
    "fit_end_to_end",
    "fit_estimate",
    "judge",
    "list_specimens",
    "mean_figures",
    "number_instances",
    "of_split",
    "outlines_to_labels",
    "percentile_interval",
    "pictures_of_run",
    "predictor",
    "read_data_sheet",
    "read_grey",
    "read_instances",
    "read_picture_table",
    "read_scored",
    "read_shape_plan",
    "read_training_plan",
    "read_values",
    "refuse_seen",
    "render_set",
    "rows_of_folders",
    "run_names",
    "run_shape_training",
    "run_training",
    "score_predictions",
    "scorer",
    "seen_by",
    "seen_specimens",
    "sign_flip_test",
    "size_class_counts",
    "specimen_intervals",
    "specimens_of_plan",
    "split_fold",
    "split_of",
    "spoil",
    "summarise_evaluation",
    "summarise_runs",
    "told_of_seen",
    "touching_share",
    "train",
    "training_page",
    "traits_of",
    "views_of",
    "weight_map",
    "write_comparison",
    "write_data_sheet",
    "write_evaluation",
    "write_summary",
]
