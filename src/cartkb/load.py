"""Strict reading of Turtle, JSON-LD, N-Triples and N-Quads: what cannot be read safely is refused.

Nothing is fetched: a JSON-LD context has to stand in the file, or be the project's own.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from cartkb.loaded import Loaded
from cartkb.memory import nothing_swept
from cartkb.problems import CartkbError, Problem, shown

CONTEXT = "https://w3id.org/cartkb/context.jsonld"
FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}


def read(path: Path, context: str | None = None) -> list[ox.Triple]:
    """Read one file; graph names of N-Quads are dropped.

    Raises CartkbError with file and line where it is not there, of an unknown kind or malformed.
    """
    data = text_of(path)
    try:
        if FORMATS[path.suffix] == ox.RdfFormat.JSON_LD:
            data = _with_own_context(data, context)
        quads = list(ox.parse(data, format=FORMATS[path.suffix]))
    except json.JSONDecodeError as error:
        what, fix = f"not JSON: {error.msg}", "mend the line, or the end of the line before it"
        problem = Problem(shown(path), error.lineno, what, fix=fix, column=error.colno, code="not-json")
        raise CartkbError([problem]) from None
    except (SyntaxError, ValueError) as error:
        from cartkb.syntax import syntax_problem

        raise CartkbError([syntax_problem(path, data, error)]) from None
    return [quad.triple for quad in quads]


def text_of(path: Path) -> str:
    """Return the text of a file. Raises CartkbError where it is not there, of an unknown kind or not UTF-8."""
    if path.suffix not in FORMATS:
        fix = f"use one of {', '.join(FORMATS)}"
        raise CartkbError(
            [Problem(shown(path), 0, f"cannot read '{path.suffix}' files", fix=fix, code="unreadable-file")]
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        before = path.read_bytes()[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1
        why = "letters such as \u00e4 or \u03b1 would be read as something else"
        problem = Problem(
            shown(path), line, "not UTF-8 text", why, "save the file as UTF-8", column=column, code="not-utf-8"
        )
        raise CartkbError([problem]) from None
    except OSError as error:
        what, fix = f"cannot be read: {error.strerror}", "look whether the file is there, and may be read"
        raise CartkbError([Problem(shown(path), 0, what, fix=fix, code="unreadable-file")]) from None


def _with_own_context(data: str, context: str | None) -> str:
    document = json.loads(data)
    if context and isinstance(document, dict) and document.get("@context") == CONTEXT:
        document["@context"] = json.loads(context)["@context"]
        return json.dumps(document)
    return data


def files_in(folder: Path) -> list[Path]:
    """Return the files below a folder that can be read, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix in FORMATS)


def read_all(paths: Iterable[Path], context: str | None = None) -> Loaded:
    """Read files and the files below folders, in the order of their names.

    Raises CartkbError with the problems of every unreadable file.
    """
    with nothing_swept():
        return _read_all(paths, context)


def _read_all(paths: Iterable[Path], context: str | None) -> Loaded:
    loaded, problems = Loaded(), []
    for path in paths:
        inside = files_in(path) if path.is_dir() else [path]
        if not inside:
            fix = f"name a folder with files that end in {', '.join(FORMATS)}"
            problems.append(
                Problem(shown(path), 0, "the folder holds nothing that can be read", fix=fix, code="empty-folder")
            )
        for file in inside:
            try:
                loaded.files[file] = read(file, context)
            except CartkbError as error:
                problems += error.problems
    if problems:
        raise CartkbError(problems)
    return loaded
