"""The configuration: defaults, and every mistake told at once with file and line."""

from pathlib import Path

import pytest
import yaml

from nanocensus.campaign import CampaignError, check_configuration

SMALLEST = {"campaign": "gold", "samples": "samples.tsv"}


def check(tmp_path: Path, text: str):
    file = tmp_path / "my.yaml"
    file.write_text(text, encoding="utf-8")
    return check_configuration(yaml.safe_load(text), [file], folder=tmp_path)


def test_two_keys_are_enough(tmp_path):
    configuration = check(tmp_path, "campaign: gold\nsamples: lists/samples.tsv\n")
    assert configuration.sheet == tmp_path / "lists" / "samples.tsv"
    assert configuration.results == tmp_path / "results" / "gold"
    assert configuration.values["count"]["unknown_below"] == 0.75
    assert configuration.values["segment"]["working_scale"] == "auto"


def test_a_given_key_leaves_its_neighbours_at_their_defaults(tmp_path):
    configuration = check(tmp_path, "campaign: a\nsamples: s.tsv\ncount: {min_ecd_px: 5}\n")
    assert configuration.values["count"]["min_ecd_px"] == 5
    assert configuration.values["count"]["completeness"] == ["whole"]


def test_all_mistakes_are_told_with_line_and_remedy(tmp_path):
    text = "campaign: .gold\nsamples: s.tsv\ncount:\n  min_ecd: 5\ndevice: gpu\nshard_size: 0\n"
    with pytest.raises(CampaignError) as caught:
        check(tmp_path, text)
    told = str(caught.value)
    assert "4 mistakes" in told
    assert "my.yaml, line 4, count.min_ecd" in told
    assert "Did you mean 'min_ecd_px'?" in told
    assert "line 5, device: 'gpu' is refused" in told
    assert "line 6, shard_size" in told
    assert "at least 1" in told
    assert "line 1, campaign" in told


def test_missing_keys_are_named(tmp_path):
    with pytest.raises(CampaignError, match="'samples' missing"):
        check(tmp_path, "campaign: gold\n")


def test_braces_in_the_results_folder_are_refused(tmp_path):
    # Snakemake reads braces in its file names as wildcards.
    with pytest.raises(CampaignError, match="results"):
        check(tmp_path, "campaign: a\nsamples: s.tsv\nresults: '{x}'\n")


def test_a_truth_value_from_the_command_line_is_one(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("campaign: c\nsamples: s.tsv\n")
    given = {"campaign": "c", "samples": "s.tsv", "strict": "true"}
    assert check_configuration(given, [file], folder=tmp_path).values["strict"] is True
