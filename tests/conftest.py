"""What the tests share: the real knowledge base, copies of it to spoil, and the command line."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

from cartkb.cli import main
from cartkb.knowledge import Knowledge

HOME = Path(__file__).resolve().parents[1]
KEPT_CASES = {"adult-complex-karyotype-4-1bb", "adult-ldh-211", "adult-no-risk-factor"}
PARTS = ("ontology", "guideline", "site_templates")

# The same examples each time, so that a change fails for what it changed; other ones by CARTKB_EXPLORE=1.
hypothesis.settings.register_profile("the same each time", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile("explore" if os.environ.get("CARTKB_EXPLORE") else "the same each time")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(HOME)


@pytest.fixture(scope="session")
def built_site(knowledge, tmp_path_factory) -> Path:
    """The website as ``cartkb build`` makes it, drawn once for all tests that read it, and not to be written to."""
    from cartkb.site.render import build

    folder = tmp_path_factory.mktemp("website") / "site"
    build(knowledge, folder)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the knowledge base, with a few of its cases, that a test may edit."""
    for part in PARTS:
        shutil.copytree(HOME / part, tmp_path / "copy" / part)
    for case in (tmp_path / "copy/guideline/cases").iterdir():
        if case.stem not in KEPT_CASES:
            case.unlink()
    return tmp_path / "copy"


@pytest.fixture
def run():
    """Run the program as from a shell; the result has exit_code, stdout and stderr."""

    def run(*arguments, home: Path = HOME):
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return run
