"""What is wrong with a text that cannot be parsed, in words for authors; and what of it can be read all the same.

The parser stops at the first mistake. So each statement of a broken file is read on its own: the house format begins
a statement, and nothing else, at the left margin. Whatever the broken statements name is in doubt until they are
mended.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from cartkb.load import CONTEXT, FORMATS
from cartkb.names import PREFIXES
from cartkb.nearest import nearest
from cartkb.positions import Written, written
from cartkb.problems import Bearing, Problem, in_one, shown

_TYPOGRAPHIC = "“”„‘’‚«»″′"
_INVISIBLE = {
    "\ufeff": "a byte order mark",
    "\xa0": "a no-break space",
    "\u200b": "a zero-width space",
    "\u2028": "a line separator",
}
_PREFIX = re.compile(r"^@prefix\s+(\S*):\s+<([^>\n]*)>\s*\.", re.MULTILINE)
_STATEMENT = re.compile(r"^(?=[^\s#@])", re.MULTILINE)
_USUAL = tuple(PREFIXES.items())
_NO_FULL_STOP = {
    "what": "the statement does not end before the next begins",
    "fix": "write a full stop (.) at the end of the line",
}
_READS_AS = "what cannot be read is not there: nothing that rests on it can be checked or answered"


def syntax_problem(path: Path, text: str, error: Exception, bearing: Bearing | None = None) -> Problem:
    """Return the problem of a text that a parser of Turtle, JSON-LD or N-Quads refused."""
    lines = text.splitlines()
    line = min(getattr(error, "lineno", None) or len(lines), len(lines)) or 1
    column = getattr(error, "offset", None) or 0
    message = re.sub(r"^Parser error at line \d+[^:]*: ", "", getattr(error, "msg", None) or str(error))
    code, what, fix = _told(path, lines, line, column, message)
    if code in ("missing-semicolon", "missing-full-stop", "early-full-stop"):
        line, column = _end_before(lines, line)
    elif code == "typographic-quotes":
        column = min(at for sign in _TYPOGRAPHIC if (at := lines[line - 1].find(sign) + 1))
    shown_line = lines[line - 1].strip() if line <= len(lines) else ""
    why = f"{_READS_AS}; the line reads: {shown_line}" if shown_line else _READS_AS
    return Problem(shown(path), line, what, why, fix, column=column, code=code, bearing=bearing or Bearing())


def _told(path: Path, lines: list[str], line: int, column: int, message: str) -> tuple[str, str, str]:
    """Return code, what is wrong and what to do."""
    here = lines[line - 1] if lines else ""
    before = lines[_end_before(lines, line)[0] - 1].rstrip() if line > 1 else ""
    sign = here[column - 1 : column]
    if any(quote in here for quote in _TYPOGRAPHIC) and '"' not in here[:column]:
        return "typographic-quotes", "typographic quotation marks", 'write plain ones (") around the text'
    if sign in _INVISIBLE and sign:
        return (
            "invisible-sign",
            f"{_INVISIBLE[sign]} stands here, which nobody sees",
            "delete it, and type a plain space if one is needed",
        )
    if found := re.search(r"The prefix (\S*): has not been declared", message):
        return "undeclared-prefix", f"the prefix {found[1]}: is not declared in this file", _prefix_fix(found[1])
    if "No scheme found" in message or "relative IRI" in message:
        what = "an address without its beginning, which means another thing in every folder"
        return "relative-address", what, "write a prefixed name such as ckbg:NAME, or the whole address with https://"
    if "remote" in message.lower() or "context" in message.lower():
        fix = f'put the context in the file, or write "@context": "{CONTEXT}"'
        return "remote-context", f"the context cannot be used: {message}", fix
    if path.suffix == ".ttl" and line == len(lines) and not here.rstrip().endswith("."):
        fix = "write the rest of the statement, with a full stop at its end"
        return "unfinished-statement", "the text ends in the middle of a statement", fix
    if "Line jumps are not allowed" in message or len(re.findall(r'(?<!\\)"', here)) % 2:
        return "unclosed-quotes", "a quotation mark without its partner", 'write the other quotation mark (")'
    if path.suffix == ".ttl" and here[:1].isspace() and before.endswith(".") and not before.startswith("@"):
        return (
            "early-full-stop",
            "the full stop ends the statement, but its next line goes on",
            "write a semicolon (;) instead",
        )
    if "dot is expected" in message and not before.endswith((";", ",")):
        if here[:1].isspace():
            return "missing-semicolon", "nothing separates this line from the next", "write a semicolon (;) at its end"
        return "missing-full-stop", _NO_FULL_STOP["what"], _NO_FULL_STOP["fix"]
    if found := re.fullmatch(r"([A-Za-z][\w.-]*) is not a valid .*", message):
        fix = (
            f"write ckbg:{found[1]} if it is an item of the guideline, ckb:{found[1]} if it is a word of the vocabulary"
        )
        return "name-without-prefix", f"the name {found[1]} has no prefix", fix
    return "syntax-error", f"syntax error: {message}", "mend the line, or the end of the line before it"


def _prefix_fix(prefix: str) -> str:
    if prefix in PREFIXES:
        return f"add to the head of the file: @prefix {prefix}: <{PREFIXES[prefix]}> ."
    near = nearest(prefix, PREFIXES)
    return f"did you mean {near[0]}:?" if near else f"use one of the prefixes {', '.join(f'{p}:' for p in PREFIXES)}"


def _end_before(lines: list[str], line: int) -> tuple[int, int]:
    """Return line and column just after the end of what is written before a line, comments left out."""
    for number in range(line - 1, 0, -1):
        if (text := lines[number - 1].rstrip()) and not text.lstrip().startswith("#"):
            return number, len(text) + 1
    return line, 1


def read_around(path: Path, text: str, error: Exception) -> tuple[list[ox.Triple], list[Problem]]:
    """Return the triples of the statements of a broken text that can be read, and a problem for each that cannot."""
    triples, found, prefixes = [], {}, _prefixes(text)
    for statement, blanked in _statements(text):
        try:
            triples += [quad.triple for quad in ox.parse(blanked, format=FORMATS[".ttl"])]
        except (SyntaxError, ValueError) as own:
            problem = syntax_problem(path, blanked, own, broken(written(statement, prefixes)))
            if problem.code == "unfinished-statement" and len(blanked) < len(text):
                line, column = _end_before(blanked.splitlines(), blanked.count("\n") + 1)
                problem = replace(problem, line=line, column=column, code="missing-full-stop", **_NO_FULL_STOP)
            # a prefix that is not declared is missed by every statement that uses it
            found.setdefault(problem.what if problem.code == "undeclared-prefix" else len(found), []).append(problem)
    if not found:  # the statements are whole, so what is wrong lies between them
        return triples, [syntax_problem(path, text, error, broken(written(text, prefixes)))]
    return triples, [in_one(problems) for problems in found.values()]


def broken(found: Written) -> Bearing:
    """Return the bearing of a text that is not to be relied on: nothing that it names is."""
    subjects, names = frozenset(found.subjects), frozenset(found.names)
    return Bearing(subjects, names, frozenset(), names | {PREFIXES["rdf"] + "type"}, names)


def _prefixes(text: str) -> tuple[tuple[str, str], ...]:
    """Return the prefixes of a text, the usual ones as they usually are, whatever the text says."""
    return tuple({**dict(_PREFIX.findall(text)), **PREFIXES}.items())


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Yield each statement, and the text with white space in the place of all others, so that places stay as they
    are.
    """
    if '"""' in text or "'''" in text:  # a text of several lines may hold anything at the left margin
        yield text, text
        return
    head = text[: max((match.end() for match in _PREFIX.finditer(text)), default=0)]
    starts = [match.start() for match in _STATEMENT.finditer(text, len(head))]
    if not starts or _refused(head):
        yield text, text
        return
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[begin:end], head + re.sub(r"[^\n]", " ", text[len(head) : begin]) + text[begin:end]


def _refused(text: str) -> bool:
    """Say whether a text is no Turtle."""
    try:
        list(ox.parse(text, format=FORMATS[".ttl"]))
    except (SyntaxError, ValueError):
        return True
    return False


def other_namespaces(path: Path, text: str) -> list[Problem]:
    """Return a problem for each usual prefix that a file declares for something else than it usually stands for."""
    problems = []
    for match in _PREFIX.finditer(text):
        prefix, namespace = match.groups()
        if PREFIXES.get(prefix, namespace) != namespace:
            line = text[: match.start()].count("\n") + 1
            column = match.start(2) - text.rfind("\n", 0, match.start()) - 1
            what, fix = f"{prefix}: stands for <{namespace}> here", f"write <{PREFIXES[prefix]}>"
            why = "every name with this prefix means something that nobody knows"
            bearing = broken(written(text.replace(match[0], ""), _prefixes(text))) | broken(written(text))
            problems.append(
                Problem(shown(path), line, what, why, fix, column=column, code="other-namespace", bearing=bearing)
            )
    return problems
