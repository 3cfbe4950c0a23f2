"""What must hold of files as such: names, nodes without one, and the words that queries use."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import CKB, CKBG
from cartkb.nearest import did_you_mean, nearest
from cartkb.positions import written
from cartkb.problems import Bearing, Problem, in_one, shown
from cartkb.queries import query_problem

_SHARED_FILES = {"passages", "releases"}
_SHARED_FOLDERS = {"readings"}  # a file holds the readings of a section, each named after its passage
_QUERY_FOLDERS = ("rules", "checks", "questions")
_WORD = re.compile(r"(?<![\w:-])ckb:([A-Za-z][\w-]*)")
_NOT_CODE = re.compile(r"#[^\n]*|<[^>\s]*>|\"[^\"\n]*\"")


def check_files(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield a problem for each file of the guideline that is named after none of its items, or holds a nameless
    node.
    """
    ours = [iri for iri in knowledge.loaded.described if iri.startswith((CKB, CKBG))]
    names = {iri.removeprefix(CKBG).removeprefix(CKB) for iri in ours}
    for path, triples in knowledge.loaded.files.items():
        if knowledge.guideline_folder not in path.parents:
            continue
        if triples and any(isinstance(node, ox.BlankNode) for node in _nodes(knowledge, path)):
            line, column = written(path.read_text(encoding="utf-8")).nameless
            what, why = "a node without a name, [ ] or ( )", "neither readers nor messages could point at it"
            nodes = {node.value for t in triples for node in (t.subject, t.object) if isinstance(node, ox.BlankNode)}
            users = {t.subject.value for t in triples if isinstance(t.object, ox.BlankNode)}
            bearing = Bearing(frozenset(nodes | users))
            fix = "describe it as an item of its own, and write its name here"
            yield Problem(shown(path), line, what, why, fix, column=column, code="blank-node", bearing=bearing)
        shared = path.stem in _SHARED_FILES or path.parent.name in _SHARED_FOLDERS
        if triples and not shared and not _is_named(path.stem, names):
            yield _misnamed(path, triples)


def _nodes(knowledge: Knowledge, path: Path) -> set:
    terms = knowledge.loaded.terms[path]
    return terms.subjects | terms.objects


def _is_named(stem: str, names: set[str]) -> bool:
    """Say whether a file is named after an item, or after an item and what it holds of it."""
    return any(stem.rsplit("-", cut)[0] in names for cut in range(min(2, stem.count("-")) + 1))


def _misnamed(path: Path, triples: list[ox.Triple]) -> Problem:
    items = list(dict.fromkeys(t.subject.value.removeprefix(CKBG) for t in triples if t.subject.value.startswith(CKBG)))
    near = nearest(path.stem, items, 1) or items[:1]
    why = "one thing has one name, which is also its file and its page"
    fix = (
        f"name the file {near[0]}{path.suffix}, or the item ckbg:{path.stem}"
        if near
        else "name the file after its item"
    )
    bearing = Bearing(frozenset({CKBG + path.stem}), touches=frozenset(CKBG + name for name in items))
    return Problem(
        shown(path), 0, f"no item is named ckbg:{path.stem}", why, fix, code="misnamed-file", bearing=bearing
    )


def check_words_of_queries(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield a problem for each word that queries use and the vocabulary does not have, and for each broken rule."""
    declared = {iri.removeprefix(CKB) for iri in knowledge.loaded.described if iri.startswith(CKB)}
    rules, *others = [knowledge.ontology_folder / name for name in _QUERY_FOLDERS]
    uses: dict[str, list[Problem]] = {}
    for path in [
        p for folder in (rules, *others, knowledge.home / "site_templates/views") for p in sorted(folder.glob("*.rq"))
    ]:
        text = path.read_text(encoding="utf-8")
        code = _NOT_CODE.sub(lambda found: " " * len(found[0]), text)
        for found in _WORD.finditer(code):
            if found[1] not in declared:
                uses.setdefault(found[1], []).append(_unknown_word(path, text, found, declared))
        if path.parent == rules:
            try:
                ox.Store().query(text)
            except (SyntaxError, ValueError) as error:
                yield query_problem(path, error)
    yield from (in_one(problems) for problems in uses.values())


def _unknown_word(path: Path, text: str, found: re.Match, declared: set[str]) -> Problem:
    before = text[: found.start()]
    line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
    hint = did_you_mean(f"ckb:{name}" for name in nearest(found[1], declared))
    otherwise = "declare it in ontology/ with a label and a definition"
    what, why = f"ckb:{found[1]} is no word of our vocabulary", "a query that asks for what nobody says finds nothing"
    fix, bearing = f"{hint} Else {otherwise}" if hint else otherwise, Bearing(frozenset({CKB + found[1]}))
    return Problem(shown(path), line, what, why, fix, column=column, code="undeclared-term", bearing=bearing)
