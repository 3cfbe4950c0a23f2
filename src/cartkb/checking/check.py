"""Everything that must hold of the knowledge base, in one run: no problem hides another, and none is told twice."""

import importlib.util
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cartkb.checking.audit import audit_figures
from cartkb.checking.cases import check_cases, explain_cases
from cartkb.checking.checks import Asked, ask, check_queries
from cartkb.checking.clashes import WORDS, check_logic
from cartkb.checking.consequences import Complaints
from cartkb.checking.coverage import check_coverage
from cartkb.checking.house_format import check_format
from cartkb.checking.reading import readable, strange_prefixes
from cartkb.checking.stored_answers import check_questions
from cartkb.checking.structure import check_files, check_words_of_queries
from cartkb.checking.values import check_values
from cartkb.checking.vocabularies import Vocabularies
from cartkb.dependence import words_of
from cartkb.knowledge import Knowledge
from cartkb.logic import owl
from cartkb.memory import nothing_swept
from cartkb.problems import CartkbError, Problem, shown
from cartkb.releasing import release, signoff
from cartkb.shacl.validate import validate_all

Found = Iterator[list[Problem]]
_FAST, _OF_EACH, _OF_ALL = "fast", "of each item", "of everything"  # how long a step takes, and what it rests on


@dataclass
class Checked:
    """The outcome of a check: what is wrong, what follows from that, what was counted, what was not checked here."""

    problems: list[Problem] = field(default_factory=list)
    following: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def check(
    knowledge: Knowledge,
    progress: Callable[[str], None] = lambda step: None,
    *,
    fast: bool = False,
    only: Collection[Path] = (),
    unreadable: Collection[Problem] = (),
    asked: Asked | None = None,
) -> Checked:
    """Check a knowledge base. ``progress`` is told of each step.

    What cannot be read is left out of the rest, and what only follows from another problem is kept apart. ``fast``
    leaves out what takes long. ``only`` are files or folders, the only ones that are told of; then shapes are checked
    as well, but nothing that rests on everything. ``unreadable`` is what was wrong when the files were read, and
    ``asked`` the checks of this knowledge base, for whoever has read them already.
    """
    with nothing_swept():
        part, problems = readable(knowledge)
        run = _Run(asked or Asked(part), [*problems, *unreadable], only)
        for name, pace, step in _STEPS:
            if pace == _FAST or not (fast or (only and pace == _OF_ALL)):
                progress(name)
                run.carry_out(step)
    done = run.done
    done.problems, done.following = sorted(run.complaints.told), sorted(run.complaints.following)
    if only:
        chosen = [problem for problem in done.problems if _is_in(problem, only)]
        if others := len(done.problems) - len(chosen):
            done.notes.append(f"in other files: {others} (cartkb check shows all)")
        done.problems, done.following = chosen, [problem for problem in done.following if _is_in(problem, only)]
    return done


def _is_in(problem: Problem, places: Collection[Path]) -> bool:
    return _lies_in(Path(problem.file).resolve(), places)


def _lies_in(path: Path, places: Collection[Path]) -> bool:
    return any(place in (path, *path.parents) for place in places)


class _Run:
    """One check: the knowledge base as far as it can be read, and what was found so far."""

    def __init__(self, asked: Asked, unreadable: list[Problem], only: Collection[Path]):
        self.knowledge = knowledge = asked.knowledge
        self.asked = asked
        self.only = only
        self.done = Checked()
        self.complaints = Complaints()
        self.complaints.add(unreadable)
        self.done.counts["files"] = len(knowledge.loaded.files)
        self.done.counts["triples"] = sum(map(len, knowledge.loaded.files.values()))

    def carry_out(self, step: Callable[["_Run"], Found]) -> None:
        try:
            for found in step(self):
                self.complaints.add(found)
        except CartkbError as error:
            self.complaints.add(error.problems)

    def unsettled(self, name: str, words: frozenset[str], files: set[str]) -> bool:
        """Say whether a step rests on what is in doubt, and note that it is left out."""
        if found := self.complaints.unsettle(words, files):
            self.done.notes.append(f"not checked here: {name}, until what they rest on is mended")
        return found

    def operative_files(self) -> set[str]:
        """Return the files with which the rules reason, and the rules."""
        paths = [path for path in self.knowledge.loaded.files if self.knowledge.is_operative(path)]
        return {shown(path) for path in (*paths, *self.knowledge.queries("rules"))}

    def words_of_rules(self) -> frozenset[str]:
        """Return the words that the rules read."""
        return words_of(" ".join(text for _, _, text in self.knowledge.rules))


def _texts(run: _Run) -> Found:
    paths = [path for path in run.knowledge.loaded.files if path.suffix == ".ttl"]
    yield strange_prefixes(paths)
    if run.only:  # nothing follows from the format, so what is not told need not be looked for
        names = {place.name for place in run.only}
        paths = [path for path in paths if names.intersection(path.parts) and _lies_in(path.resolve(), run.only)]
    broken = {problem.file for problem in run.complaints.told}
    for path in (path for path in paths if not broken or shown(path) not in broken):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:  # line ends as they are
            yield list(check_format(path, file.read()))


def _names(run: _Run) -> Found:
    yield Vocabularies(run.knowledge.loaded).problems()
    yield list(check_words_of_queries(run.knowledge))
    yield list(check_values(run.knowledge.loaded))
    yield list(check_files(run.knowledge))


def _queries(run: _Run) -> Found:
    checks = run.asked.checks
    run.done.counts["checks"] = len(checks)
    yield run.asked.problems
    if not checks:
        yield check_queries(run.knowledge, {})
    yield from ask(run.asked, [check for check in checks if not check.after_figures])


def _figures(run: _Run) -> Found:
    return audit_figures(run.asked, run.done.counts)


def _shapes(run: _Run) -> Found:
    run.done.counts["shapes"] = len(list((run.knowledge.ontology_folder / "shapes").glob("*.ttl")))
    yield validate_all(run.knowledge)


def _leftovers(run: _Run) -> Found:
    yield from ask(run.asked, [check for check in run.asked.checks if check.after_figures])


def _cases(run: _Run) -> Found:
    if run.unsettled("cases", run.words_of_rules(), run.operative_files()):
        return
    explanations = explain_cases(run.knowledge)
    run.done.counts["cases"] = len(explanations)
    yield check_cases(run.knowledge, explanations)
    yield check_coverage(run.knowledge, explanations, run.done.counts)


def _questions(run: _Run) -> Found:
    files = {shown(path) for path in run.knowledge.loaded.files}
    left_out, asked = 0, 0
    for words, problems in check_questions(run.knowledge):
        asked += 1
        if problems and run.complaints.unsettle(words, files):
            left_out += 1
        else:
            yield problems
    run.done.counts["competency questions"] = asked
    if left_out:
        note = f"{left_out} competency questions whose answers differ, until what they rest on is mended"
        run.done.notes.append(f"not checked here: {note}")


def _logic(run: _Run) -> Found:
    if not (java := owl.java()):
        run.done.notes.append("not checked here: OWL consistency, which needs Java (pip install 'cartkb[java]')")
        return
    folder = run.knowledge.ontology_folder
    vocabulary = {path: triples for path, triples in run.knowledge.loaded.files.items() if path.parent == folder}
    if not run.unsettled("the logic of the vocabulary", WORDS, {shown(path) for path in vocabulary}):
        yield list(check_logic(vocabulary, java))


def _decisions(run: _Run) -> Found:
    """Prove the part of cartkb verify that takes a second or two: no new silence and no new conflict."""
    if run.unsettled("silences and tensions", run.words_of_rules(), run.operative_files()):
        return
    if importlib.util.find_spec("z3") is None:
        note = "not checked here: silences and tensions, which needs z3 (pip install 'cartkb[proofs]')"
        run.done.notes.append(note)
        return
    from cartkb.prove.verify import QUICK, verify

    try:
        for each in verify(run.knowledge, subjects=QUICK).findings:
            bearing = replace(each.problem.bearing, doubts=frozenset())  # what it names is not wrong in itself
            yield [replace(each.problem, code=each.kind, bearing=bearing)]
    except CartkbError as error:
        yield [replace(problem, code=problem.code or "cannot-be-proved") for problem in error.problems]


def _releases(run: _Run) -> Found:
    if not run.unsettled("releases", run.words_of_rules(), run.operative_files()):
        problems, notes = release.check_releases(run.knowledge)
        run.done.notes += notes
        yield problems
    run.done.notes += signoff.notes(run.knowledge.loaded)


_STEPS: list[tuple[str, str, Callable[[_Run], Found]]] = [
    ("house format", _FAST, _texts),
    ("names and files", _FAST, _names),
    ("queries", _FAST, _queries),
    ("shapes", _OF_EACH, _shapes),
    ("figures", _FAST, _figures),
    ("leftovers", _FAST, _leftovers),
    ("cases", _OF_ALL, _cases),
    ("silences and tensions", _OF_ALL, _decisions),
    ("competency questions", _OF_ALL, _questions),
    ("logic of the vocabulary", _OF_ALL, _logic),
    ("releases and signatures", _OF_ALL, _releases),
]
