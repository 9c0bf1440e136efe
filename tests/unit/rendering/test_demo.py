from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from nanocensus.rendering import (
    DEMO_SEED,
    demo_samples,
    render_micrograph,
    true_quantiles,
    write_rendered_file,
)

REPOSITORY = Path(__file__).resolve().parents[3]
DEMO = REPOSITORY / "resources" / "demo"


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(DEMO / "truth.tsv", sep="\t")


@pytest.mark.parametrize(("sample_number", "file_number"), [(0, 2), (2, 1), (2, 3)])
def test_rendering_again_gives_the_committed_files(
    tmp_path: Path, truth: pd.DataFrame, sample_number: int, file_number: int
) -> None:
    sample = demo_samples()[sample_number]
    file = sample.files[file_number]
    rng = np.random.default_rng([DEMO_SEED, sample_number, file_number])
    rendered = render_micrograph(file.recipe, rng)
    write_rendered_file(sample, file_number, rendered, tmp_path / file.name)
    committed = DEMO / sample.name / file.name
    again, before = (
        tifffile.imread(path).astype(int) for path in (tmp_path / file.name, committed)
    )
    # Another processor may round an exponential differently in its last bit, which moves one
    # pixel in many thousands by one grey level; equal pixels must give equal bytes.
    assert (again != before).mean() < 1e-3
    assert np.abs(again - before).max() <= 1
    if np.array_equal(again, before):
        assert (tmp_path / file.name).read_bytes() == committed.read_bytes()
    listed = truth[(truth["sample"] == sample.name) & (truth.file == file.name)]
    assert listed.ecd_nm.to_numpy() == pytest.approx(rendered.truth.ecd_nm, abs=1e-4)


def test_the_sheet_tells_the_true_quantiles(truth: pd.DataFrame) -> None:
    sheet = pd.read_csv(REPOSITORY / "config" / "samples.tsv", sep="\t")
    for row in sheet.to_dict("records"):
        expected = true_quantiles(truth, row["sample"])
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=0.006)
        folder = REPOSITORY / "config" / row["micrographs"]
        files = {path.name for path in folder.iterdir()}
        assert files == set(truth.file[truth["sample"] == row["sample"]])
    first, second = (true_quantiles(truth, name)["true_d50_n_nm"] for name in sheet["sample"][:2])
    assert second / first == pytest.approx(1.3, abs=0.1)


def test_the_demo_is_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 4_000_000
