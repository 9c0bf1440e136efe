"""What judges the scale-bar reader: verdicts, kept text, and the fit of its confidence."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.calibration.drawn_bars import Told, draw, grey8, ground, write

from nanocensus.calibration.scale_bar.looking import looks
from nanocensus.calibration.scale_bar.pairing import FEATURES
from nanocensus.calibration.scale_bar.reader import read_scale_bar
from nanocensus.calibration.scoring.fitting import Case, cases_of, fit_weights
from nanocensus.calibration.scoring.kept_text import KeptTextReader
from nanocensus.calibration.scoring.labelled_bars import LabelledBar, verdict


@pytest.fixture
def drawn():
    picture = draw(ground(), [(470, 477, 420, 571, 255.0)])
    return write(picture, "200 nm", 455, 436, 255)


@pytest.mark.parametrize(
    ("quality", "size_nm", "wanted"),
    [
        *(("good", 200 / 151, "right"), ("good", 200 / 156, "nearly"), ("good", 1.0, "wrong")),
        *(("no_bar", None, "false read"), ("cut", 1.0, "false read")),
    ],
)
def test_verdicts(drawn, quality, size_nm, wanted) -> None:
    picture, line = drawn
    reading = read_scale_bar(grey8(picture), reader=Told([line]))
    label = LabelledBar("made-up", "paper", "emps", quality, "plain", size_nm, 0.02)
    assert verdict(label, reading) == wanted
    nothing = read_scale_bar(grey8(picture), reader=Told([]))
    assert verdict(label, nothing) == ("not read" if quality == "good" else "none")


def test_a_picture_is_also_a_case_without_its_bar(drawn) -> None:
    picture, line = drawn
    found = next(looks(grey8(picture), Told([line])))
    whole, without = cases_of(found.pairs, 200 / 151)
    assert whole.right.any()
    assert not without.right.any()
    assert len(without.right) == (~whole.right).sum()
    assert cases_of([], 1.0) == []


def test_the_fit_finds_what_tells_right_from_wrong() -> None:
    """Here the contrast alone does; a sure text never speaks against a reading."""
    rng = np.random.default_rng(1)
    cases = []
    for number in range(60):
        features = rng.uniform(0, 1, (3, len(FEATURES)))
        features[:, 0] = 1.0
        right = np.array([number % 3 != 0, False, False])
        features[:, FEATURES.index("contrast")] = np.where(right, 0.9, 0.1)
        features[:, FEATURES.index("text_exact")] = ~right
        cases.append(Case(features, right))
    weights = fit_weights(cases)
    others = [
        abs(value) for name, value in weights.items() if name not in ("intercept", "contrast")
    ]
    assert weights["contrast"] > 2
    assert weights["text_exact"] == 0
    assert weights["field_agrees"] == 4.0
    assert weights["contrast"] > sorted(others)[-2]


def test_text_is_asked_for_once(tmp_path, drawn) -> None:
    picture, line = drawn
    told = Told([line])
    first = KeptTextReader(lambda: told, tmp_path / "text.json")
    lines = first.read(grey8(picture))
    first.save()
    again = KeptTextReader(lambda: pytest.fail("asked again"), tmp_path / "text.json")
    assert again.read(grey8(picture)) == lines
    assert told.looks == 1
