"""Problems as text for people and as JSON, SARIF 2.1.0 or annotations of GitHub for programs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from cartkb import __version__
from cartkb.checking.complaints import Complaint
from cartkb.problems import Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(problems: Iterable[Problem]) -> str:
    """Return the problems as people read them, each with why and fix beneath."""
    return "\n".join(str(problem) for problem in problems)


def as_json(problems: Iterable[Problem], counts: Mapping[str, int], notes: Iterable[str], following: int) -> str:
    """Return the problems with everything else that the check has to say."""
    names = ("code", "file", "line", "column", "what", "why", "fix")
    told = [{name: getattr(problem, name) for name in names} for problem in problems]
    document = {"problems": told, "following": following, "notes": list(notes), "counts": dict(counts)}
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_github(problems: Iterable[Problem]) -> str:
    """Return one workflow command a problem, by which GitHub shows it beside the line that it is about."""
    return "\n".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    place = {"file": problem.file, "line": problem.line, "col": problem.column, "title": problem.code}
    properties = ",".join(f"{name}={_escaped(str(value), ',:')}" for name, value in place.items() if value)
    message = "\n".join(text for text in (problem.what, problem.why, problem.fix) if text)
    return f"::error {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for sign in "%\r\n" + more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def as_sarif(problems: Iterable[Problem], known: Mapping[str, Complaint]) -> str:
    """Return a log of SARIF 2.1.0; a rule for each code that occurs says what it means and what mends it."""
    problems = list(problems)
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "cartkb",
        "version": __version__,
        "rules": [_rule(code, known.get(code)) for code in codes],
    }
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str, complaint: Complaint | None) -> dict:
    if complaint is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": complaint.title},
        "fullDescription": {"text": complaint.meaning},
        "help": {"text": complaint.repair},
        "defaultConfiguration": {"level": "error"},
    }


def _result(problem: Problem, rule: int) -> dict:
    message = " ".join(f"{text.rstrip('.')}." for text in (problem.what, problem.why, problem.fix) if text)
    location: dict = {"artifactLocation": {"uri": Path(problem.file).as_posix()}}
    if problem.line:
        location["region"] = {"startLine": problem.line, **({"startColumn": problem.column} if problem.column else {})}
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": message},
        "locations": [{"physicalLocation": location}],
    }
