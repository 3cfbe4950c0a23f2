"""What the rules derived, in the form of the second evaluator, so that the two can be compared."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyoxigraph as ox

from oracle.evaluator import Answer, Evaluator, Verdict
from oracle.graph import Graph, expanded

_SAID = (
    *("meets", "doesNotMeet", "satisfies", "doesNotSatisfy", "tensionMet", "aboutPatient", "answerTo", "answerClass"),
    *("gate", "possibleClass", "decisive", "silence"),
)


def concluded(store: ox.Store) -> Iterator[ox.Triple]:
    """Yield what the rules concluded in a store, without the proofs."""
    for name in _SAID:
        for quad in store.quads_for_pattern(None, ox.NamedNode(expanded(f"ckb:{name}")), None, None):
            yield quad.triple


def verdicts(conclusions: Iterable[ox.Triple], patients: Iterable[str], evaluator: Evaluator) -> dict[str, Verdict]:
    """Return what some conclusions say of each patient, criterion by criterion and question by question."""
    graph, answers = Graph(conclusions), defaultdict(dict)
    for answer in graph.subjects("ckb:aboutPatient"):
        answers[graph.one(answer, "ckb:aboutPatient")][graph.one(answer, "ckb:answerTo")] = Answer(
            " and ".join(sorted(graph.all(answer, "ckb:answerClass"))),
            graph.one(answer, "ckb:gate") == "ckb:open",
            frozenset(graph.all(answer, "ckb:possibleClass")) or None,
            frozenset(graph.all(answer, "ckb:decisive")),
            frozenset(graph.all(answer, "ckb:tensionMet")),
            frozenset(graph.all(answer, "ckb:silence")),
        )
    criteria = [*evaluator.tests, *evaluator.operands]
    return {
        patient: Verdict(
            _truths(graph, patient, criteria, "ckb:meets", "ckb:doesNotMeet"),
            _truths(graph, patient, evaluator.statements, "ckb:satisfies", "ckb:doesNotSatisfy"),
            frozenset(graph.all(patient, "ckb:tensionMet")),
            answers[patient],
        )
        for patient in patients
    }


def _truths(graph: Graph, patient: str, names: Iterable[str], yes: str, no: str) -> dict[str, object]:
    true, false = set(graph.all(patient, yes)), set(graph.all(patient, no))
    said = {(True, True): "true and false", (True, False): True, (False, True): False, (False, False): None}
    return {name: said[name in true, name in false] for name in names}


def differences(one: Verdict, other: Verdict) -> Iterator[str]:
    """Yield what two verdicts on one patient disagree about, in words."""
    for what, ours, theirs in (
        ("criterion", one.truth, other.truth),
        ("statement", one.statements, other.statements),
        ("answer", one.answers, other.answers),
    ):
        for name in sorted({*ours, *theirs}):
            if not alike(ours.get(name), theirs.get(name)):
                yield f"{what} {name}: {shown(ours.get(name))} and {shown(theirs.get(name))}"
    if one.tensions != other.tensions:
        yield f"tensions met: {shown(one.tensions)} and {shown(other.tensions)}"


def alike(one: object, other: object) -> bool:
    """Say whether two truths or answers are the same; possible classes that the rules do not list are left out."""
    if isinstance(one, Answer) and isinstance(other, Answer) and None in (one.possible, other.possible):
        return replace(one, possible=None) == replace(other, possible=None)
    return one == other


def shown(value: object) -> str:
    """Return a truth value, an answer or a set of names as a reader would write it."""
    if isinstance(value, Answer):
        parts = {name: part for name, part in vars(value).items() if part and name != "answer_class"}
        return " ".join([value.answer_class, *(f"({name}: {shown(part)})" for name, part in parts.items())])
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return {True: "true", False: "false", None: "unknown"}.get(value, str(value))
