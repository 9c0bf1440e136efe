"""The rules that set particles aside."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nanocensus.tables import RULE_NAMES, decide_classes
from nanocensus.tables.exclusion import excluded_by


def particles(**changes):
    """One particle that counts, changed."""
    fine = {
        "micrograph_counts": True,
        "touches_frame": False,
        "cut_by_overlay": False,
        "ecd_px": 20.0,
        "floor_px": 10.0,
        "particle_probability": 0.9,
        "completeness": "whole",
        "shape": "sphere",
    }
    return pd.DataFrame([fine | changes])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"micrograph_counts": False}, "micrograph"),
        ({"touches_frame": True}, "cut"),
        ({"cut_by_overlay": True}, "cut"),
        ({"ecd_px": 9.99}, "unresolved"),
        ({"ecd_px": float("nan")}, "unresolved"),
        ({"floor_px": 20.1}, "unresolved"),
        ({"particle_probability": 0.49}, "low_probability"),
        ({"completeness": "covered"}, "covered"),
        ({"completeness": "touching_cluster"}, "touching_cluster"),
        ({"completeness": "unknown"}, "completeness_unknown"),
    ],
)
def test_each_rule_sets_aside_what_it_names(count, changes, rule):
    assert list(excluded_by(particles(**changes), count)) == [rule]


def test_nothing_else_sets_a_particle_aside(count):
    assert list(excluded_by(particles(), count).isna()) == [True]
    # On the limit is not below it.
    at_limits = particles(ecd_px=10.0, particle_probability=0.5, shape="unknown")
    assert list(excluded_by(at_limits, count).isna()) == [True]


def test_the_first_rule_that_applies_is_named(count):
    everything = {
        "micrograph_counts": False,
        "touches_frame": True,
        "ecd_px": 1.0,
        "particle_probability": 0.0,
        "completeness": "covered",
        "shape": "rod",
    }
    repairs = {
        "micrograph_counts": True,
        "touches_frame": False,
        "ecd_px": 20.0,
        "particle_probability": 0.9,
        "completeness": "whole",
    }
    settings = replace(count, shapes=("sphere",))
    named = [excluded_by(particles(**everything), settings)[0]]
    for column, value in repairs.items():
        everything[column] = value
        named.append(excluded_by(particles(**everything), settings)[0])
    assert named == ["micrograph", "cut", "unresolved", "low_probability", "covered", "shape"]
    assert [name for name in RULE_NAMES if name in named] == named


def test_settings_decide_what_counts(count):
    covered = particles(completeness="covered")
    unknown = particles(shape="unknown")
    wanted = replace(count, completeness=("whole", "covered"))
    assert excluded_by(covered, wanted).isna().all()
    spheres = replace(count, shapes=("sphere",))
    assert list(excluded_by(unknown, spheres)) == ["shape"]
    assert excluded_by(unknown, replace(count, shapes=("sphere", "unknown"))).isna().all()


def test_a_class_below_the_limit_is_unknown_but_keeps_its_probability():
    probabilities = np.array([[0.75, 0.25], [0.3, 0.7], [np.nan, np.nan]])
    decided, probability = decide_classes(probabilities, ("sphere", "rod"), 0.75)
    assert list(decided) == ["sphere", "unknown", "unknown"]
    np.testing.assert_array_equal(probability, [0.75, 0.7, np.nan])


def test_no_particle_is_no_problem(count):
    decided, probability = decide_classes(np.zeros((0, 2)), ("sphere", "rod"), 0.75)
    assert len(decided) == probability.size == 0
    assert len(excluded_by(particles().iloc[:0], count)) == 0
