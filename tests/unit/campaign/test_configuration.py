"""The configuration: defaults, and every mistake told at once with file and line."""

from pathlib import Path

import pytest
import yaml

from nanocensus.campaign import CampaignError, check_configuration


def check(tmp_path: Path, text: str, **more):
    file = tmp_path / "my.yaml"
    file.write_text(text, encoding="utf-8")
    given = {**yaml.safe_load(text), **more}
    return check_configuration(given, [file], folder=Path(), command_line=more)


def test_two_keys_are_enough(tmp_path):
    configuration = check(tmp_path, "campaign: gold\nsamples: lists/samples.tsv\n")
    assert configuration.sheet == tmp_path / "lists" / "samples.tsv"
    assert configuration.results == Path("results/gold")
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
    assert "5 mistakes" in told
    assert "s.tsv: the sample sheet does not exist" in told
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


def test_each_unknown_key_is_told_with_its_own_line(tmp_path):
    text = "campaign: c\nsamples: s.tsv\nstrikt: true\ncount:\n  shape: []\n  min_edc_px: 5\n"
    with pytest.raises(CampaignError) as caught:
        check(tmp_path, text)
    told = [str(fault) for fault in caught.value.faults]
    for line, key, meant in (
        (3, "strikt", "strict"),
        (5, "count.shape", "shapes"),
        (6, "count.min_edc_px", "min_ecd_px"),
    ):
        (own,) = [one for one in told if f"line {line}, {key}:" in one]
        assert f"Did you mean '{meant}'?" in own


def test_whole_particles_always_count(tmp_path):
    text = "campaign: c\nsamples: s.tsv\ncount:\n  completeness: [covered]\n"
    with pytest.raises(CampaignError, match=r"line 4, count.completeness.* must name 'whole'"):
        check(tmp_path, text)


def test_the_sheet_is_relative_to_what_names_it(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    text = "campaign: c\nsamples: s.tsv\n"
    assert check(tmp_path, text).sheet == tmp_path / "s.tsv"
    # also where both say the same
    assert check(tmp_path, text, samples="s.tsv").sheet == tmp_path / "here" / "s.tsv"


def test_a_mistake_of_the_command_line_is_told_as_one(tmp_path):
    with pytest.raises(CampaignError, match="command line, device: 'gpu' is refused"):
        check(tmp_path, "campaign: c\nsamples: s.tsv\ndevice: cpu\n", device="gpu")
