"""Shared sheets and scripts."""

from __future__ import annotations

import pytest

from nanocensus.report.assets import AssetError, plain_script


def test_the_export_of_the_module_becomes_a_global():
    script = plain_script("let x=1;export{y as jQuery,x as default};\n/* licence */")
    assert "export" not in script
    assert "window.DataTable = x;" in script
    assert script.index("/* licence */") > script.index("window.DataTable")


@pytest.mark.parametrize("module", ["let x=1;", "export{a as default};export{b as c};"])
def test_another_layout_of_the_library_is_refused(module):
    with pytest.raises(AssetError, match="export"):
        plain_script(module)


def test_assets_hold_what_the_pages_load(odd_report):
    assets = odd_report / "assets"
    assert (assets / "plotly.min.js").stat().st_size > 1e6
    assert "window.DataTable" in (assets / "datatables.js").read_text(encoding="utf-8")
    for name in ("report.css", "report.js", "colours.css", "datatables.css"):
        assert (assets / name).read_text(encoding="utf-8")


def test_sheets_load_nothing_from_elsewhere(odd_report):
    for sheet in (odd_report / "assets").glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "url(http" not in text.replace('"', "").replace("'", "")
