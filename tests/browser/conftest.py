"""A headless Chromium, and the report of a made-up campaign that it opens from the disk."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from selenium import webdriver

from nanocensus.report import ReportSettings, write_report

_MADE_UP = Path(__file__).parents[1] / "unit" / "report" / "made_up_campaign.py"
HOSTILE = '"><img src=x onerror="window.overrun=1"></script><script>window.overrun=1</script>'
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
    # No name is resolved, so nothing could be loaded from a network if a page tried.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # A mouse: without a pointer that hovers, the charts leave out their buttons.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2",
)


def _made_up_campaigns():
    """Import the neighbour's file: the tests' folders are not on the path."""
    spec = importlib.util.spec_from_file_location("made_up_campaign", _MADE_UP)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The folder of a report; its path holds signs that links must not trip over."""
    campaigns = _made_up_campaigns()
    results = tmp_path_factory.mktemp("a 'report' #1 50%") / "demo"
    many = campaigns.MadeUpSample(
        "many",
        micrographs=30,
        particles=8,
        sheet={"group": HOSTILE},
        findings={0: ("charging", "warn", HOSTILE)},
        facts_of={1: campaigns.scale_bar(200.0, 160.0, HOSTILE, reason=HOSTILE)},
    )
    campaigns.write_campaign(results, (*campaigns.ORDINARY, many))
    write_report(results, ReportSettings(versions={"nanocensus": "0.1.0"}))
    return results / "report"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A running Chromium that logs its console and its requests."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and chromedriver (Debian: chromium, chromium-driver) are missing")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    running.set_window_size(1400, 1000)
    yield running
    running.quit()


@pytest.fixture
def opened(chromium, report):
    """Open a page of the report; gives the browser, and what it logged meanwhile."""

    def open_page(*parts):
        for kind in ("browser", "performance"):
            chromium.get_log(kind)
        chromium.get(report.joinpath(*parts).as_uri())
        webdriver.support.ui.WebDriverWait(chromium, 60).until(
            lambda browser: browser.execute_script(_READY)
        )
        return SimpleNamespace(
            browser=chromium,
            console=lambda: chromium.get_log("browser"),
            requests=lambda: list(_requests(chromium.get_log("performance"))),
        )

    return open_page


_READY = (
    "return document.documentElement.dataset.ready === 'yes' && "
    "[...document.querySelectorAll('[data-chart]')].every(c => c.dataset.drawn === 'yes')"
)


def _requests(log):
    for entry in log:
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]
