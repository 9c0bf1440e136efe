from .clusters import Clustering as Clustering
from .clusters import clustering_of as clustering_of
from .clusters import intraclass_correlation as intraclass_correlation
from .comparison import PermutationTest as PermutationTest
from .comparison import distance as distance
from .comparison import holm as holm
from .comparison import log_quantiles as log_quantiles
from .comparison import micrograph_means as micrograph_means
from .comparison import permutation_test as permutation_test
from .comparison import ratio_of as ratio_of
from .distribution import curve_points as curve_points
from .distribution import histogram as histogram
from .distribution import log_bin_edges as log_bin_edges
from .distribution import weighted_quantiles as weighted_quantiles
from .intervals import Design as Design
from .intervals import Estimate as Estimate
from .intervals import positive_estimate as positive_estimate
from .intervals import share_interval as share_interval
from .pooling import Fields as Fields
from .pooling import collapse_small_strata as collapse_small_strata
from .pooling import magnifications as magnifications
from .pooling import pooled_weights as pooled_weights
from .resampling import FIGURES as FIGURES
from .resampling import draw_micrographs as draw_micrographs
from .resampling import figures_of as figures_of
from .resampling import resampled_quantiles as resampled_quantiles
from .sizes import Sizes as Sizes
from .summary import Curve as Curve
from .summary import Summary as Summary
from .summary import Support as Support
from .summary import class_shares as class_shares
from .summary import summarise as summarise

__all__ = [
    "FIGURES",
    "Clustering",
    "Curve",
    "Design",
    "Estimate",
    "Fields",
    "PermutationTest",
    "Sizes",
    "Summary",
    "Support",
    "class_shares",
    "clustering_of",
    "collapse_small_strata",
    "curve_points",
    "distance",
    "draw_micrographs",
    "figures_of",
    "histogram",
    "holm",
    "intraclass_correlation",
    "log_bin_edges",
    "log_quantiles",
    "magnifications",
    "micrograph_means",
    "permutation_test",
    "pooled_weights",
    "positive_estimate",
    "ratio_of",
    "resampled_quantiles",
    "share_interval",
    "summarise",
    "weighted_quantiles",
]
