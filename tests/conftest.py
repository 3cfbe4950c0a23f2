"""What the tests share: the real knowledge base, copies of it to spoil, and the command line."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cartkb.cli import main
from cartkb.knowledge import Knowledge

HOME = Path(__file__).resolve().parents[1]
PARTS = ("ontology", "guideline", "site_templates")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(HOME)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the knowledge base that a test may edit."""
    for part in PARTS:
        shutil.copytree(HOME / part, tmp_path / "copy" / part)
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
