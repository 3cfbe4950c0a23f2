"""The query files of the ontology as pages show them: what each asks or forbids, and its text."""

import re
from pathlib import Path

from cartkb.knowledge import GAP

_GAP = re.compile(rf"^(?:# (?:\w+: )?|\s*){GAP}", re.MULTILINE)
_SAID = ("Problem", "Why", "Fix")  # what the heading of a check says, each on a line of its own


def query_rows(folder: Path) -> list[dict[str, str]]:
    """Return a row for every query of a folder, by name: ``item`` is its name and ``text`` the whole file.

    ``title`` is the first line of its heading and ``note`` the rest; for a check, ``title`` is the problem that it
    finds, ``why`` and ``fix`` what its heading says of both.
    """
    return [_row(path) for path in sorted(folder.glob("*.rq")) if is_finished(path)]


def is_finished(path: Path) -> bool:
    """Say whether a query file has no gap left: what is unfinished is not on the website."""
    return not _GAP.search(path.read_text(encoding="utf-8"))


def _row(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    heading: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        heading.append(line.removeprefix("#").strip())
    pairs = (line.partition(":") for line in heading)
    said = {name: told.strip() for name, colon, told in pairs if colon and name in _SAID}
    title = said.get("Problem") or next(iter(heading), path.stem)
    note = "" if said else " ".join(heading[1:])
    told = {name.lower(): said.get(name, "") for name in _SAID[1:]}
    return {"item": path.stem, "title": title, "note": note, "text": text} | told
