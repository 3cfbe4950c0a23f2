"""Everything that must hold of the knowledge base, in one run: no problem hides another."""

import csv
import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from cartkb import owl, queries, release, signoff
from cartkb.audit import check_figures
from cartkb.cases import check_cases, explain_cases
from cartkb.checks import check_queries
from cartkb.knowledge import Knowledge
from cartkb.load import Loaded, local_name
from cartkb.problems import CartkbError, Problem, shown
from cartkb.validate import validate_all

_SHARED_FILES = {"passages", "releases"}
_SHARED_FOLDERS = {"readings"}  # a file holds the readings of a section, each named after its passage


@dataclass
class Checked:
    """The outcome of a check: what is wrong, what was counted, and what could not be checked here."""

    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def check(knowledge: Knowledge, progress: Callable[[str], None] = lambda step: None) -> Checked:
    """Check a knowledge base. ``progress`` is told of each step.

    Files that cannot be read are the only problems that stop the run, since all else rests on them.
    """
    done = Checked()
    progress("reading")
    try:
        loaded = knowledge.loaded
    except CartkbError as error:
        done.problems = error.problems
        return done
    done.counts["files"] = len(loaded.files)
    done.counts["triples"] = sum(map(len, loaded.files.values()))
    for step, run in (
        ("names and files", _check_structure),
        ("queries", _check_queries),
        ("figures", _check_figures),
        ("shapes", _check_shapes),
        ("cases", _check_cases),
        ("competency questions", _check_questions),
        ("logic of the vocabulary", _check_logic),
        ("silences and tensions", _check_decisions),
        ("releases and signatures", _check_releases),
    ):
        progress(step)
        try:
            done.problems += run(knowledge, done)
        except CartkbError as error:
            done.problems += error.problems
    done.problems = sorted(set(done.problems))
    return done


def _check_structure(knowledge: Knowledge, done: Checked) -> list[Problem]:
    problems = []
    names = {local_name(triple.subject) for triple in knowledge.loaded.triples()}
    for path, triples in knowledge.loaded.files.items():
        if knowledge.guideline_folder not in path.parents:
            continue
        if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object)):
            why = "readers and messages could not point at it"
            problems.append(Problem(shown(path), 0, "a blank node, [ ] or ( )", why, "give it a name"))
        shared = path.stem in _SHARED_FILES or path.parent.name in _SHARED_FOLDERS
        if not shared and not _named(path.stem, names):
            why = "one thing has one name, which is also its file and its page"
            problems.append(Problem(shown(path), 0, f"no item is named ckbg:{path.stem}", why, "rename the file"))
    return problems


def _named(stem: str, names: set[str]) -> bool:
    """Say whether a file is named after an item, or after an item and what it holds of it."""
    return any(stem.rsplit("-", cut)[0] in names for cut in range(min(2, stem.count("-")) + 1))


def _check_queries(knowledge: Knowledge, done: Checked) -> list[Problem]:
    return check_queries(knowledge, done.counts)


def _check_figures(knowledge: Knowledge, done: Checked) -> list[Problem]:
    return check_figures(knowledge, done.counts)


def _check_shapes(knowledge: Knowledge, done: Checked) -> list[Problem]:
    done.counts["shapes"] = len(list((knowledge.ontology_folder / "shapes").glob("*.ttl")))
    told = {(problem.file, problem.line) for problem in done.problems}
    # a dead reference is not also a missing value
    return [problem for problem in validate_all(knowledge) if (problem.file, problem.line) not in told]


def _check_cases(knowledge: Knowledge, done: Checked) -> list[Problem]:
    explanations = explain_cases(knowledge)
    done.counts["cases"] = len(explanations)
    return check_cases(knowledge, explanations)


def _check_questions(knowledge: Knowledge, done: Checked) -> list[Problem]:
    problems, files = [], knowledge.queries("questions")
    done.counts["competency questions"] = len(files)
    if not files:
        return [Problem(shown(knowledge.ontology_folder / "questions"), 0, "no competency questions")]
    for path in files:
        answer = path.with_suffix(".csv")
        if not answer.is_file():
            fix = f"write it with: cartkb query {path.stem} --format csv > {shown(answer)}"
            problems.append(Problem(shown(path), 0, "a question without its expected answer", fix=fix))
            continue
        problems += _differences(answer, *queries.run_query(knowledge, path))
    return problems


def _differences(answer: Path, names: list[str], rows: list[list[str]]) -> list[Problem]:
    expected = list(csv.reader(io.StringIO(answer.read_text(encoding="utf-8"))))
    if not rows:
        return [Problem(shown(answer), 0, "the question has no answer", "silence would pass unseen", "mend the query")]
    why = "the stored answer and what the knowledge base answers now differ"
    fix = f"if the new answer is right: cartkb query {answer.stem} --format csv > {shown(answer)}"
    problems = [
        Problem(shown(answer), line, f"expected {', '.join(old)}; now {', '.join(new)}", why, fix)
        for line, (old, new) in enumerate(zip(expected, [names, *rows], strict=False), 1)
        if old != new
    ]
    if len(expected) != len(rows) + 1:
        what = f"expected {len(expected) - 1} rows; now {len(rows)}"
        problems.append(Problem(shown(answer), min(len(expected), len(rows) + 1), what, why, fix))
    return problems


def _check_decisions(knowledge: Knowledge, done: Checked) -> list[Problem]:
    """Prove the part of cartkb verify that takes a second: no new silence and no new conflict."""
    if done.problems:
        done.notes.append("not checked here: silences and tensions, until the problems below are mended")
        return []
    if importlib.util.find_spec("z3") is None:
        done.notes.append("not checked here: silences and tensions, which needs z3 (pip install 'cartkb[proofs]')")
        return []
    from cartkb.prove.verify import QUICK, verify

    return [finding.problem for finding in verify(knowledge, subjects=QUICK).findings]


def _check_releases(knowledge: Knowledge, done: Checked) -> list[Problem]:
    problems, notes = release.check_releases(knowledge)
    done.notes += [*notes, *signoff.notes(knowledge.loaded)]
    return problems


def _check_logic(knowledge: Knowledge, done: Checked) -> list[Problem]:
    if not (java := owl.java()):
        done.notes.append("not checked here: OWL consistency, which needs Java (pip install 'cartkb[java]')")
        return []
    folder = knowledge.ontology_folder
    vocabulary = Loaded({path: t for path, t in knowledge.loaded.files.items() if path.parent == folder})
    return [
        vocabulary.problem(
            iri,
            f"{local_name(ox.NamedNode(iri))} cannot have members, or the whole is inconsistent",
            "the axioms contradict each other, so anything would follow",
            "look at its superclasses, domains, ranges and disjointness",
        )
        for iri in owl.inconsistencies(vocabulary.triples(), java)
    ]
