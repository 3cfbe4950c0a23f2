"""What the tests in a browser share: the browsers, and the site unpacked where a reader might unpack it."""

import shutil
from pathlib import Path

import pytest

from browser import chromium as debian
from conftest import HOME


def pytest_addoption(parser):
    parser.addoption("--all-modes", action="store_true", help="look at every page in every mode, not in one of them")


@pytest.fixture(scope="session")
def every_mode(request) -> bool:
    return request.config.getoption("--all-modes", default=False)


@pytest.fixture(scope="session")
def chromium():
    with debian.started() as browser:
        yield browser


@pytest.fixture(scope="session")
def unpacked(built_site, tmp_path_factory) -> Path:
    """The site, sent as an archive and unpacked into a folder with a space and an umlaut in its name."""
    folder = tmp_path_factory.mktemp("unpacked")
    archive = shutil.make_archive(str(folder / "site"), "zip", built_site)
    shutil.unpack_archive(archive, folder / "Ordner mit Ümlaut")
    return folder / "Ordner mit Ümlaut"


@pytest.fixture(scope="session")
def searchable(tmp_path_factory) -> Path:
    """The site with search, which npm gets its library for; a test that needs it says so where npm cannot."""
    from click.testing import CliRunner

    from cartkb.cli import main

    folder = tmp_path_factory.mktemp("mit Süche") / "site"
    done = CliRunner().invoke(main, ["--home", str(HOME), "build", "--search", str(folder)])
    if done.exit_code:
        debian.missing(f"the library of search ({done.output.strip()[:200]})")
    return folder


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
