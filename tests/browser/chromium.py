"""Debian's Chromium, driven by playwright, and what a page is looked at in."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = os.environ.get("CARTKB_BROWSER") == "required"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OWN = ("data:", "about:")  # addresses of what a browser has in itself
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
MODES = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow": {"viewport": NARROW, "color_scheme": "light"},
    "paper": {"viewport": WIDE, "color_scheme": "light"},
}


def missing(what: str) -> None:
    """Say that a test did not run: a skip on a reader's own machine, a failure where browsers are required."""
    said = f"did not run: {what} is not at hand (apt-get install chromium firefox-esr; pip install '.[browser]')"
    pytest.fail(said) if REQUIRED else pytest.skip(said)


def library(name: str):
    """Return a module that only these tests need, or say that they did not run."""
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        missing(f"the Python package of {name}")


@contextmanager
def started():
    """Chromium without a window, for as long as the tests of a session need it."""
    program = shutil.which("chromium")
    if not program:
        missing("Chromium")
    with library("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def looking(browser, mode: str, script: str = "", **more):
    """A tab in one of the modes; what it asks for and complains of is kept in ``tab.asked`` and ``tab.told``."""
    context = browser.new_context(**{**MODES[mode], **more})
    if script:
        context.add_init_script(script)
    tab = context.new_page()
    tab.asked, tab.told = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("console", lambda message: tab.told.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: tab.told.append(f"error: {error}"))
    if mode == "paper":
        tab.emulate_media(media="print", color_scheme="light")
    yield tab
    context.close()


def pages(folder: Path) -> list[Path]:
    """Return every page of a site, in a fixed order."""
    found = sorted(folder.rglob("*.html"))
    assert len(found) > 100, "the site has lost its pages"
    return found


def of_each_kind(folder: Path) -> list[Path]:
    """Return one page of each kind: all at the top, and of each folder the index and one more of middling size."""
    found = list(folder.glob("*.html"))
    for part in sorted(p for p in folder.rglob("*") if p.is_dir()):
        here = sorted(part.glob("*.html"), key=lambda p: (p.stat().st_size, p.name))
        found += [p for p in here if p.name == "index.html"]
        others = [p for p in here if p.name != "index.html"]
        found += others[len(others) // 2 :][:1]
    found = sorted(set(found))
    assert len(found) > 30, "the site has lost kinds of pages"
    return found
