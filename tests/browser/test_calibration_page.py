"""The calibration page as a reader meets it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = pytest.mark.browser

# Where the ends of a bar are drawn, and where they are to be: the crop lies in the middle of its
# tile, as large as fits, and its pixel x begins at x.
_ENDS = """
const tile = arguments[0].querySelector('.stack'), image = tile.querySelector('img');
const line = tile.querySelector('svg .line').getBoundingClientRect();
const box = image.getBoundingClientRect();
const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
const left = box.left + (box.width - scale * image.naturalWidth) / 2;
const top = box.top + (box.height - scale * image.naturalHeight) / 2;
return [line.left, line.right, (line.top + line.bottom) / 2].map(
  (at, k) => (at - (k < 2 ? left : top)) / scale);
"""


def in_view(browser, element):
    browser.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element
    )
    return element


def tiles(browser, section):
    return browser.find_elements(By.CSS_SELECTOR, f"#{section} .bars li")


def shown(browser, tile):
    """Scroll to a tile and wait until its crop is there."""
    image = in_view(browser, tile).find_element(By.TAG_NAME, "img")
    WebDriverWait(browser, 20).until(
        lambda b: b.execute_script(
            "return arguments[0].complete && arguments[0].naturalWidth > 0", image
        )
    )
    return tile


def states(browser):
    # In one go: the table is drawn anew when it is sorted.
    return browser.execute_script(
        "return [...document.querySelectorAll('#calibrations-table tbody td:first-child')]"
        ".map(cell => cell.innerText.trim())"
    )


def wait_for(browser, first, count=25):
    """Wait until the table begins with a state and has so many rows."""
    WebDriverWait(browser, 20).until(
        lambda b: states(b)[0] == first and len(states(b)) == count,
        f"{first} and {count} rows, not {states(browser)}",
    )


def test_lines_are_drawn_at_the_ends_of_each_bar(opened, report):
    browser = opened("calibration.html").browser
    found = tiles(browser, "bars") + tiles(browser, "candidates")
    assert len(found) == 7
    for tile in found:
        source = shown(browser, tile).find_element(By.TAG_NAME, "img").get_attribute("alt")
        name = source.rpartition(" ")[2]
        crop = next((report / "assets" / "bars").rglob(f"{name}.png"))
        # Below the label of the made-up crop there is the bar alone.
        rows, columns = np.nonzero(np.asarray(Image.open(crop))[30:] == 255)
        left, right, y = browser.execute_script(_ENDS, tile)
        assert left == pytest.approx(columns.min(), abs=0.6)
        assert right == pytest.approx(columns.max() + 1, abs=1.1)  # ends of bars are sub-pixel
        assert y == pytest.approx(30 + (rows.min() + rows.max() + 1) / 2, abs=1.1)


def test_lines_and_the_label_as_read_are_seen(opened):
    browser = opened("calibration.html").browser
    tile = shown(browser, tiles(browser, "bars")[0])
    picture = tile.find_element(By.CSS_SELECTOR, ".tile")
    drawn = Image.open(io.BytesIO(picture.screenshot_as_png)).convert("RGB")
    red, _, blue = (np.asarray(channel, dtype=int) for channel in drawn.split())
    rows, columns = np.nonzero(red > blue + 100)
    assert rows.size > 200
    crop = picture.find_element(By.TAG_NAME, "img").size["height"]
    assert (rows > crop).sum() > 50, "the label stands below the picture"
    assert columns.max() - columns.min() > 0.5 * drawn.width
    text = picture.find_element(By.TAG_NAME, "text")
    inside, outside = text.rect, picture.rect
    assert text.text == "200nm"
    assert inside["y"] + inside["height"] <= outside["y"] + outside["height"] + 1


def test_the_odd_ones_come_first_and_tell_what_is_wrong(opened):
    browser = opened("calibration.html").browser
    first = tiles(browser, "bars")[0]
    assert "attention" in first.get_attribute("class")
    assert "+12.8 % from the Zeiss tag" in first.text
    assert "review" in first.text
    candidate = tiles(browser, "candidates")[-1]
    assert "the label is not clear" in candidate.text
    assert "pixel_size_nm = 12.5" in candidate.text


def test_micrographs_sort_by_oddity_and_can_be_filtered(opened):
    browser = opened("calibration.html").browser
    assert states(browser)[:3] == ["review", "warned", "warned"]
    assert len(states(browser)) == 25
    head = browser.find_element(By.CSS_SELECTOR, "#calibrations-table thead th:first-child")
    in_view(browser, head).click()
    wait_for(browser, "review")
    head.click()
    wait_for(browser, "failed")
    choice = Select(browser.find_element(By.CSS_SELECTOR, "[data-filters=calibrations-table]"))
    choice.select_by_value("confirmed")
    wait_for(browser, "confirmed", 3)
    assert states(browser) == ["confirmed"] * 3


def test_the_agreement_plot_is_drawn_with_its_limits(opened):
    browser = opened("calibration.html").browser
    chart = browser.find_element(By.CSS_SELECTOR, "#agreement [data-chart]")
    assert len(chart.find_elements(By.CSS_SELECTOR, ".point")) == 5
    assert len(chart.find_elements(By.CSS_SELECTOR, ".shapelayer path")) == 4


def test_links_lead_to_the_page_and_back(opened):
    for page in (("index.html",), ("samples", "gold_A.html")):
        browser = opened(*page).browser
        link = browser.find_element(By.CSS_SELECTOR, "a[href$='calibration.html']")
        in_view(browser, link).click()
        assert browser.find_element(By.TAG_NAME, "h1").text == "Calibration"
    browser.find_element(By.CSS_SELECTOR, "header.page a").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "demo"
