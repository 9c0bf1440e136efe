"""The glossary gives each column once, with unit and definition."""

import pytest

from nanocensus.measurement import MEASURED_COLUMNS
from nanocensus.tables import column_of, columns_of, shape_classes

TABLES = ("particles", "micrographs", "samples", "pixel_sizes")


@pytest.mark.parametrize("table", TABLES)
def test_every_column_once_with_unit_and_definition(table):
    names = columns_of(table)
    assert len(set(names)) == len(names)
    for name in names:
        column = column_of(table, name)
        assert column.unit, name
        assert column.definition, name


@pytest.mark.parametrize("table", TABLES)
def test_the_unit_in_the_name_is_the_unit_in_the_glossary(table):
    endings = {"_px": "px", "_nm": "nm", "_nm2": "nm²", "_kv": "kV", "_mm": "mm", "_rad": "rad"}
    for name in columns_of(table):
        for ending, unit in endings.items():
            if name.removesuffix("_low").removesuffix("_high").endswith(ending):
                expected = {"px", "px²"} if ending == "_px" else {unit}
                assert column_of(table, name).unit in expected, name


def test_all_that_is_measured_is_in_the_table():
    names = columns_of("particles")
    first = names.index("y_px")
    assert names[first : first + len(MEASURED_COLUMNS) - 1] == list(MEASURED_COLUMNS[1:])


def test_sheet_columns_follow_group():
    assert columns_of("samples")[:3] == ["sample", "group", "n_micrographs"]


def test_classes_of_another_model_take_the_place_of_the_shipped_ones():
    names = columns_of("particles", shapes=("star", "sphere"))
    at = names.index("p_shape_star")
    assert names[at : at + 3] == ["p_shape_star", "p_shape_sphere", "p_completeness_whole"]
    assert not set(names) & {f"p_shape_{shape}" for shape in shape_classes() if shape != "sphere"}
    assert (
        column_of("particles", "p_shape_star").definition == "Probability of the shape class star"
    )
    assert "n_shape_unknown" in columns_of("samples", shapes=("star",))


def test_an_unknown_column_or_table_is_refused():
    with pytest.raises(KeyError, match="no column 'circularity'"):
        column_of("particles", "circularity")
    with pytest.raises(KeyError, match="no table 'images'"):
        columns_of("images")
