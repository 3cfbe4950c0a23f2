"""The invented patients of both versions: which of them are answered otherwise, and whether witnesses hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from cartkb.difference.versions import Version
from cartkb.knowledge import Knowledge, case_patients
from cartkb.loaded import Loaded
from cartkb.names import ckb, local_name
from cartkb.prove.witness import Witness
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.reason import Reasoner

LISTS = ("possible", "applies", "undetermined", "doesNotApply", "tensions", "silences", "decisions", "wouldSettle")


@dataclass(frozen=True)
class Moved:
    """One case whose answer to one question differs.

    ``lists`` are, by name, what is gone from a list of the answer and what has come into it. ``facts_differ`` says
    that the case itself describes another patient, so that the guideline need not be the reason.
    """

    case: str
    patient: str
    question: str
    before: str
    now: str
    lists: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    facts_differ: bool


@dataclass
class CasesMoved:
    """What was found of the cases: those answered otherwise, how many were asked, and those one version cannot read."""

    moved: list[Moved] = field(default_factory=list)
    asked: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)  # case, and the version that cannot read it


def cases_moved(old: Version, new: Version, answers_may_differ: bool, progress: Callable[[str], None]) -> CasesMoved:
    """Return the cases that are answered otherwise; a case of one version only is put to the other as well.

    Where what the rules read is the same, only the cases that themselves changed are asked.
    """
    found, mine = CasesMoved(), {id(version): _by_case(version) for version in (old, new)}
    before, now = mine[id(old)], mine[id(new)]
    differ = {case for case in before.keys() & now.keys() if before[case][1] != now[case][1]}
    wanted = sorted(before.keys() | now.keys() if answers_may_differ else differ)
    found.asked = len(wanted)
    explained = []
    for version, own, other in ((old, before, now), (new, now, before)):
        files = {}
        for case in wanted:
            patient, triples = own.get(case) or other[case]
            if case not in own and version.refuses(triples):
                found.unread.append((case, version.name))
                continue
            files[_path(case)] = triples
        progress(f"answering the cases as {version.name} does")
        explained.append(_explained(version.knowledge, Loaded(files)))
    for case in wanted:
        patient, _ = now.get(case) or before[case]
        if all(patient in answers for answers in explained):
            found.moved += _apart(case, patient, *(answers[patient] for answers in explained), case in differ)
    return found


def _path(case: str) -> Path:
    return Path(f"{case}.ttl")


def _by_case(version: Version) -> dict[str, tuple[str, list[ox.Triple]]]:
    """Return the patient of each case and what is said of it, sorted, its labels left out."""
    triples = [t for t in case_patients(version.knowledge).triples() if not _is_text(t)]
    about: dict[ox.NamedNode, list[ox.Triple]] = {}
    for triple in triples:
        about.setdefault(triple.subject, []).append(triple)
    found = {}
    for triple in triples:
        if triple.predicate == ckb("casePatient"):
            patient = triple.object
            facts = [t.object for t in about.get(patient, ()) if t.predicate == ckb("hasFact")]
            said = [t for node in (patient, *facts) for t in about.get(node, ())]
            found[local_name(triple.subject)] = (patient.value, sorted(said, key=str))
    return found


def _is_text(triple: ox.Triple) -> bool:
    return isinstance(triple.object, ox.Literal) and triple.object.language is not None


def _explained(knowledge: Knowledge, patients: Loaded) -> dict[str, dict[str, dict]]:
    """Return the answers to each patient by question."""
    if not patients.files:
        return {}
    explained = (e for found in Reasoner(knowledge).infer(patients) for e in Explainer(found).explain_all())
    return {e["patient"]: {answer["question"]: answer for answer in e["answers"]} for e in explained}


def _apart(case: str, patient: str, before: dict, now: dict, facts_differ: bool) -> Iterable[Moved]:
    for question in sorted(before.keys() & now.keys()):
        was, is_now = before[question], now[question]
        lists = {}
        for name in LISTS:
            gone, come = _ids(was, name) - _ids(is_now, name), _ids(is_now, name) - _ids(was, name)
            if gone or come:
                lists[name] = (tuple(sorted(gone)), tuple(sorted(come)))
        if lists or was["class"]["id"] != is_now["class"]["id"]:
            yield Moved(case, patient, question, was["class"]["id"], is_now["class"]["id"], lists, facts_differ)


def _ids(answer: dict, name: str) -> set[str]:
    return {item["id"] for item in answer[name]}


def contradicted(version: Version, classes: dict[str, dict[str, str]], witnesses: Iterable[Witness]) -> list[str]:
    """Return in sentences where the rules of a version do not answer witnesses as was proved.

    ``classes`` are the proved classes by witness and question.
    """
    said = []
    files = {_path(w.name): [q.triple for q in ox.parse(w.turtle, format=ox.RdfFormat.TURTLE)] for w in witnesses}
    patients = Loaded({path: list(_readable(version, triples)) for path, triples in files.items()})
    invalid = {path for path, triples in patients.files.items() if version.refuses(triples)}
    said += [f"{path.stem} is refused by the shapes of {version.name}" for path in sorted(invalid)]
    valid = {path: triples for path, triples in patients.files.items() if path not in invalid}
    for patient, answers in _explained(version.knowledge, Loaded(valid)).items():
        name = patient.rstrip("/").split("/")[-2]
        for question, proved in classes[name].items():
            got = answers[question]["class"]["id"] if question in answers else "nothing"
            if got != proved:
                said.append(
                    f"{name}: the rules of {version.name} answer {question} by {got}, and the proof by {proved}"
                )
    return said


def _readable(version: Version, triples: list[ox.Triple]) -> Iterable[ox.Triple]:
    """Yield the triples of a patient without the facts on features that a version does not know."""
    described = set(version.knowledge.loaded.described)
    unread = {t.subject for t in triples if t.predicate == ckb("feature") and t.object.value not in described}
    return (t for t in triples if t.subject not in unread and t.object not in unread)
