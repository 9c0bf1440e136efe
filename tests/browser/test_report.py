"""The report as a reader meets it: opened from the disk, without a network."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.color import Color
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = pytest.mark.browser
PAGES = [("index.html",), ("samples", "gold_A.html"), ("samples", "Würfel_β.html")]
CALIBRATION = ("calibration.html",)


def column(browser, table, place):
    """Return the texts of a column as they stand on the page."""
    cells = browser.find_elements(By.CSS_SELECTOR, f"#{table} tbody td:nth-child({place})")
    return [cell.text.split("\n")[0] for cell in cells]


def wait_for_numbers(browser, table, place, wanted):
    """Wait until a column shows these numbers: the table is drawn anew after the click returns."""
    WebDriverWait(browser, 20, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda _: [float(text) for text in column(browser, table, place)] == wanted,
        f"column {place} of {table} never shows {wanted}",
    )


def head(browser, table, place):
    return browser.find_element(By.CSS_SELECTOR, f"#{table} thead th:nth-child({place})")


def in_view(browser, element):
    browser.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element
    )
    return element


def loaded(browser, image):
    """Wait until an image has been decoded; return its size on the page."""
    WebDriverWait(browser, 20).until(
        lambda b: b.execute_script("return arguments[0].naturalWidth > 0", image)
    )
    return image.rect


@pytest.mark.parametrize("page", [*PAGES, CALIBRATION], ids=lambda page: page[-1])
def test_a_page_loads_without_errors_and_only_from_the_disk(opened, page):
    shown = opened(*page)
    pictures = shown.browser.find_elements(By.CSS_SELECTOR, ".thumb img, .tile img")
    assert bool(pictures) == (page != PAGES[0])
    for picture in pictures[:3]:
        in_view(shown.browser, picture)
        loaded(shown.browser, picture)
    assert shown.console() == []
    requests = shown.requests()
    assert len(requests) >= 7  # the page, three sheets, three scripts
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page[-1])
def test_charts_are_drawn(opened, page):
    browser = opened(*page).browser
    charts = browser.find_elements(By.CSS_SELECTOR, "[data-chart]")
    assert len(charts) >= 7
    for chart in charts:
        marks = chart.find_elements(By.CSS_SELECTOR, ".trace, .point, .bars .points")
        assert marks, chart.get_attribute("id")
        assert chart.size["width"] > 400
        box = chart.find_element(By.CSS_SELECTOR, ".main-svg").size
        assert box["height"] > 100


def test_nothing_offers_to_send_data_away(opened):
    browser = opened("index.html").browser
    titles = {
        button.get_attribute("data-title")
        for button in browser.find_elements(By.CSS_SELECTOR, ".modebar-btn")
    }
    assert "Zoom" in titles
    assert not [t for t in titles if any(w in t.lower() for w in ("share", "cloud", "edit"))]


def test_the_samples_sort_by_number_and_not_by_text(opened):
    browser = opened("index.html").browser
    headers = browser.find_elements(By.CSS_SELECTOR, "#samples-table thead th")
    place = 1 + next(k for k, h in enumerate(headers) if h.text.startswith("D50,n"))
    in_view(browser, head(browser, "samples-table", place)).click()
    rising = sorted(map(float, column(browser, "samples-table", place)))
    assert len(set(rising)) == 4
    wait_for_numbers(browser, "samples-table", place, rising)
    head(browser, "samples-table", place).click()
    wait_for_numbers(browser, "samples-table", place, rising[::-1])


def test_micrographs_stand_worst_first_and_can_be_filtered_and_found(opened):
    browser = opened("index.html").browser
    assert column(browser, "micrographs-table", 1)[:3] == ["failed", "review", "warn"]
    assert len(column(browser, "micrographs-table", 1)) == 25  # of 48, on the first leaf
    choice = Select(browser.find_element(By.CSS_SELECTOR, "[data-filters=micrographs-table]"))
    choice.select_by_value("review")
    assert column(browser, "micrographs-table", 1) == ["review"]
    choice.select_by_value("")
    find = browser.find_element(By.CSS_SELECTOR, ".dt-search input")
    find.send_keys("ends before")
    assert column(browser, "micrographs-table", 1) == ["failed"]


def test_a_click_enlarges_a_picture_and_keys_lead_on(opened):
    browser = opened("samples", "gold_A.html").browser
    thumbs = browser.find_elements(By.CSS_SELECTOR, ".thumb")
    viewer = browser.find_element(By.CSS_SELECTOR, "dialog.viewer")
    assert not viewer.is_displayed()
    in_view(browser, thumbs[0]).click()
    assert viewer.is_displayed()
    picture = viewer.find_element(By.CSS_SELECTOR, "img.ground")
    loaded(browser, picture)
    assert picture.size["width"] > 2 * thumbs[0].size["width"]
    assert "field 02.tif" in viewer.text
    assert "Grey values are cut off" in viewer.text
    first = picture.get_attribute("src")
    viewer.send_keys(Keys.ARROW_RIGHT)
    assert picture.get_attribute("src") != first
    viewer.send_keys(Keys.ARROW_LEFT)
    assert picture.get_attribute("src") == first
    assert not viewer.find_element(By.CSS_SELECTOR, "[data-do=previous]").is_enabled()
    viewer.find_element(By.CSS_SELECTOR, "[data-do=next]").click()
    assert picture.get_attribute("src") != first
    viewer.send_keys(Keys.ESCAPE)
    assert not viewer.is_displayed()
    assert browser.switch_to.active_element == thumbs[1]


def test_outlines_lie_over_each_picture_and_can_be_switched_off(opened):
    shown = opened("samples", "gold_B.html")
    browser = shown.browser
    for thumb in browser.find_elements(By.CSS_SELECTOR, ".thumb"):
        ground, lines = in_view(browser, thumb).find_elements(By.TAG_NAME, "img")
        assert loaded(browser, ground) == loaded(browser, lines)
        assert ground.get_attribute("alt").startswith("Micrograph field_")
        assert "counted" in lines.get_attribute("alt")
    thumb.click()
    viewer = browser.find_element(By.CSS_SELECTOR, "dialog.viewer")
    ground, lines = viewer.find_elements(By.TAG_NAME, "img")
    frame = loaded(browser, ground)
    assert loaded(browser, lines) == frame
    switch = viewer.find_element(By.CSS_SELECTOR, "[data-do=outlines]")
    for turn in (switch.click, lambda: viewer.send_keys("o")):
        for on in (False, True):
            turn()
            assert lines.is_displayed() == on
            assert switch.get_attribute("aria-checked") == str(on).lower()
            assert switch.text == f"Outlines {'on' if on else 'off'}"
            assert ground.rect == frame
    viewer.send_keys("o")
    viewer.send_keys(Keys.ARROW_LEFT)
    assert not lines.is_displayed(), "the switch holds for the next picture"
    assert shown.console() == []
    assert [url for url in shown.requests() if not url.startswith(("file:", "data:"))] == []


def test_outlines_have_the_colours_of_the_legend(opened, report):
    browser = opened("samples", "gold_A.html").browser
    script = "return getComputedStyle(arguments[0]).backgroundColor"
    swatches = browser.find_elements(By.CSS_SELECTOR, "#pictures > .legend .swatch")[:-1]
    legend = [Color.from_string(browser.execute_script(script, one)).hex for one in swatches]
    assert len(set(legend)) == len(legend) >= 8
    drawn = set()
    for path in (report / "assets" / "micrographs" / "gold_A").glob("*.svg"):
        uses = re.findall(r'<use [^>]*stroke="(#\w+)"([^>]*)', path.read_text(encoding="utf-8"))
        drawn |= {colour.lower() for colour, more in uses if "dasharray" not in more}
    assert len(drawn) > 3
    assert drawn <= set(legend)


def test_outlines_are_seen_on_the_screen(opened):
    """The file is not only loaded: its lines change what is shown."""
    browser = opened("samples", "gold_A.html").browser
    in_view(browser, browser.find_elements(By.CSS_SELECTOR, ".thumb")[1]).click()
    viewer = browser.find_element(By.CSS_SELECTOR, "dialog.viewer")
    stack = viewer.find_element(By.CSS_SELECTOR, ".stack")
    for image in stack.find_elements(By.TAG_NAME, "img"):
        loaded(browser, image)
    blue = []
    for _ in range(2):
        picture = Image.open(io.BytesIO(stack.screenshot_as_png)).convert("RGB")
        red, _, high = (np.asarray(channel, dtype=int) for channel in picture.split())
        blue.append(int(np.sum(high > red + 60)))  # of spheres
        viewer.send_keys("o")
    assert blue[0] > 2000
    assert blue[1] == 0


def test_a_picture_opens_by_keyboard_alone(opened):
    browser = opened("samples", "gold_A.html").browser
    thumb = browser.find_elements(By.CSS_SELECTOR, ".thumb")[2]
    browser.execute_script("arguments[0].focus()", thumb)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "dialog.viewer").is_displayed()


def test_links_lead_from_the_campaign_to_a_sample_and_back(opened):
    browser = opened("index.html").browser
    link = browser.find_element(By.LINK_TEXT, "Würfel_β")
    in_view(browser, link).click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "Würfel_β"
    browser.find_element(By.CSS_SELECTOR, "header.page a").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "demo"


def test_a_narrow_page_does_not_scroll_sideways(opened):
    shown = opened("samples", "gold_A.html")
    width = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    shown.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", width)
    try:
        for page in (*PAGES[:2], CALIBRATION):
            browser = opened(*page).browser
            script = "return document.documentElement.scrollWidth"
            assert browser.execute_script(script) <= 390
    finally:
        shown.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_markup_in_the_sheet_and_in_findings_stays_text(opened):
    for page in (("index.html",), ("samples", "many.html"), CALIBRATION):
        shown = opened(*page)
        browser = shown.browser
        for thumb in browser.find_elements(By.CSS_SELECTOR, ".thumb")[:1]:
            in_view(browser, thumb).click()
            assert "<script>" in browser.find_element(By.CSS_SELECTOR, "dialog.viewer").text
        assert "<script>" in browser.find_element(By.TAG_NAME, "main").get_property("textContent")
        assert browser.execute_script("return window.overrun") is None
        assert shown.console() == []


@pytest.mark.parametrize("page", [*PAGES[:2], CALIBRATION], ids=lambda page: page[-1])
def test_printing_keeps_the_charts_within_the_paper(opened, page):
    browser = opened(*page).browser
    charts = len(browser.find_elements(By.CSS_SELECTOR, "[data-chart]"))
    browser.execute_script(
        # Runs after the page's own listener, just before the paper is laid out.
        "window.addEventListener('beforeprint', () => {"
        "window.printed = [...document.querySelectorAll('[data-chart]')].map(c => ["
        "c.querySelector('.main-svg').getBoundingClientRect().width,"
        "c.querySelectorAll('.trace, .point, .bars .points').length])})"
    )
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    assert base64.b64decode(pdf).startswith(b"%PDF-")
    printed = browser.execute_script("return window.printed")
    assert len(printed) == charts
    paper_px = (210 - 2 * 14) / 25.4 * 96  # A4 less the margins of the sheet
    assert all(0 < width <= paper_px + 3 and marks for width, marks in printed), printed
    # After printing the charts take the window's width again.
    WebDriverWait(browser, 20).until(
        lambda b: b.find_element(By.CSS_SELECTOR, ".wide .main-svg").size["width"] > paper_px + 3
    )


def test_printing_shows_all_rows(opened):
    browser = opened("index.html").browser
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(column(browser, "micrographs-table", 1)) == 48
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert len(column(browser, "micrographs-table", 1)) == 25
