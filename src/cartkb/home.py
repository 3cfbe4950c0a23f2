"""Where the knowledge base lies: a working copy, or the copy that was installed with the program."""

from pathlib import Path

from cartkb.problems import CartkbError, Problem

_PACKAGE = Path(__file__).resolve().parent
INSTALLED = _PACKAGE / "data"  # the copy that comes with the program
_PARTS = ("ontology", "guideline", "site_templates")


def find_home(asked: Path | None = None) -> Path:
    """Return the folder that holds ontology/, guideline/ and site_templates/.

    The folder asked for, else the current folder or the nearest one above it that holds them, else
    the source tree of this program, else the installed copy. Raises CartkbError where there is none.
    """
    if asked:
        if all((asked / part).is_dir() for part in _PARTS[:2]):
            return asked
        fix = "name the folder that holds ontology/ and guideline/"
        raise CartkbError([Problem(str(asked), 0, "no knowledge base here", fix=fix)])
    here = Path.cwd()
    for folder in (here, *here.parents, _PACKAGE.parents[1], INSTALLED):
        if all((folder / part).is_dir() for part in _PARTS):
            return folder
    raise CartkbError([Problem(str(here), 0, "no knowledge base found", fix="use --home FOLDER")])
