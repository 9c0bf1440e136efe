"""What is said of a picture whose segmentation is estimated to be poor, and of an accepted one.

Apart from the estimate itself, because the tables, which know what was accepted, need no network.
"""

from __future__ import annotations

from nanocensus.micrographs import IN_SHEET, Finding

from .settings import EstimateParameters

DOUBTFUL = "doubtful_segmentation"
"""Code of the finding that sends a picture to review."""


def doubts(predicted: float, parameters: EstimateParameters) -> tuple[Finding, ...]:
    """Say so if an estimate is too low to be counted on without a person's look.

    Parameters
    ----------
    predicted : float
        F1 at IoU 0.5, as `predict_f1` gives it.
    parameters : EstimateParameters
    """
    if predicted >= parameters.review_below:
        return ()
    message = (
        f"the model is unsure of this picture: its outlines are estimated to agree with a person's "
        f"at F1 {predicted:.2f} (limit {parameters.review_below:.2f}); look at them, and if they "
        f"are right write yes as segmentation_ok {IN_SHEET}; if not, try another working_scale, or "
        "train the model on such material"
    )
    return (Finding(DOUBTFUL, "review", message),)


def accepted_doubt(predicted: float) -> Finding:
    """Return what stands in the place of a doubt where a person found the outlines right.

    Parameters
    ----------
    predicted : float
        F1 at IoU 0.5, as `predict_f1` gives it.
    """
    message = (
        f"the model is unsure of this picture (estimated F1 {predicted:.2f}); its outlines were "
        "accepted in the sample sheet (segmentation_ok)"
    )
    return Finding(DOUBTFUL, "warn", message)
