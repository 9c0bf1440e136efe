"""What the tables take from the stages' indexes and from the sample sheet."""

import pytest

from nanocensus.quality import QualityGates
from nanocensus.segmentation import EstimateParameters, doubts
from nanocensus.tables import picture_records

OTHER = {"code": "coarse_look", "level": "review", "message": "."}
PICTURE = ("A", "a")


@pytest.mark.parametrize(("answer", "level"), [("", "review"), (None, "review"), ("yes", "warn")])
def test_accepted_outlines_are_told_and_wait_for_no_review(answer, level):
    (doubt,) = doubts(0.31, EstimateParameters(review_below=0.6))
    segment = {
        "record": {"predicted_f1_50": 0.31},
        "path": "a.tif",
        "findings": [OTHER, doubt.as_dict()],
        "sources": [],
    }
    fields = {} if answer is None else {"segmentation_ok": answer}
    (picture,) = picture_records({PICTURE: {"segment": segment}}, QualityGates(), {PICTURE: fields})
    other, told = picture.findings
    assert other == OTHER, "only the estimate's doubt is accepted"
    assert (told["code"], told["level"]) == (doubt.code, level)
    assert "F1 0.31" in told["message"]
    assert ("write yes" in told["message"]) == (level == "review")
