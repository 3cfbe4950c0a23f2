"""Named and free SPARQL queries over the knowledge base, and their answers as text."""

import csv
import io
import json
import re
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import short
from cartkb.nearest import did_you_mean, nearest
from cartkb.problems import CartkbError, Problem, shown


def find_query(knowledge: Knowledge, name: str) -> Path:
    """Return the file of a query: a path, or the number or name of a question of the ontology.

    Raises CartkbError, naming the questions there are, where nothing fits.
    """
    path = Path(name)
    if path.suffix == ".rq" and path.is_file():
        return path
    questions = knowledge.queries("questions")
    for question in questions:
        if name in (question.stem, question.stem.split("-")[0], question.name):
            return question
    stems = [question.stem for question in questions]
    hint = did_you_mean(nearest(name, stems)) or f"give a .rq file, or one of: {', '.join(stems)}"
    raise CartkbError([Problem(name, 0, "no such query", fix=hint, code="no-such-query")])


def run_query(knowledge: Knowledge, path: Path) -> tuple[list[str], list[list[str]]]:
    """Return variable names and rows of text of a SELECT or ASK query over everything.

    The answer to a question of the ontology leaves out the rows of what is unfinished.
    Raises CartkbError where the query is malformed, is of another kind or asks another service.
    """
    text = path.read_text(encoding="utf-8")
    if re.search(r"\bSERVICE\b", re.sub(r"#[^\n]*|<[^>]*>|\"[^\"]*\"", "", text), re.IGNORECASE):
        why, fix = "a query sends nothing anywhere", "ask the knowledge base only"
        raise CartkbError([Problem(shown(path), 0, "SERVICE is not allowed", why, fix, code="service-in-query")])
    try:
        solutions = knowledge.store.query(text, use_default_graph_as_union=True)
    except (SyntaxError, ValueError) as error:
        raise CartkbError([query_problem(path, error)]) from None
    if isinstance(solutions, ox.QueryBoolean):
        return ["answer"], [["true" if solutions else "false"]]
    if not isinstance(solutions, ox.QuerySolutions):
        what, fix = "not a SELECT or ASK query", "write SELECT ... WHERE { ... }"
        raise CartkbError([Problem(shown(path), 0, what, fix=fix, code="query-of-another-kind")])
    names = [variable.value for variable in solutions.variables]
    found = [[s[name] for name in names] for s in solutions]
    if knowledge.ontology_folder in path.parents:
        found = [row for row in found if not any(map(knowledge.is_open, row))]
    return names, [[short(term) if term is not None else "" for term in row] for row in found]


def query_problem(path: Path, error: Exception) -> Problem:
    """Return the problem of a query that cannot be read, at the place that the engine names."""
    found = re.search(r"error at (\d+):(\d+): expected (?:one of )?(.*)", str(error), re.DOTALL)
    line, column = (int(found[1]), int(found[2])) if found else (0, 0)
    said = re.findall(r"[A-Z]{2,}|\"[^\"]+\"|[A-Z][a-z][\w ]+", re.sub(r"\[[^]]*\]", "", found[3])) if found else []
    if "Prefix not found" in said:
        what, fix = "a prefix that the query does not declare", "add PREFIX with its address at the head of the query"
    else:
        what = f"syntax error: expected here is {' or '.join(said)}" if said else "syntax error"
        fix = "see the SPARQL 1.1 query language, and the other queries in the folder"
    why = "a query that cannot be read finds nothing, whatever there is to find"
    return Problem(shown(path), line, what, why, fix, column=column, code="query-syntax")


def as_csv(names: list[str], rows: list[list[str]]) -> str:
    """Return rows as CSV with a heading line."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue()


def as_json(names: list[str], rows: list[list[str]]) -> str:
    """Return rows as a JSON array of objects."""
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2, ensure_ascii=False) + "\n"


def as_table(names: list[str], rows: list[list[str]]) -> str:
    """Return rows as columns aligned with spaces, with the number of rows beneath."""
    widths = [max(len(line[n]) for line in [names, *rows]) for n in range(len(names))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in [names, *rows]]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join([*lines, f"({len(rows)} rows)"]) + "\n"
