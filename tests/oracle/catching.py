"""What notices a fault of the knowledge base: the cases, the checks with the shapes, or the proofs."""

import importlib.util
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from cartkb.dependence import words_of
from cartkb.knowledge import Knowledge, case_patients
from cartkb.loaded import Loaded
from cartkb.problems import CartkbError, Problem
from cartkb.shacl.validate import validate_all
from oracle.evaluator import Evaluator, Verdict
from oracle.graph import Graph, expanded
from oracle.history import Features, History
from oracle.mutations import Mutation

_STATUS = {"ckb:expectedApplies": True, "ckb:expectedDoesNotApply": False, "ckb:expectedUndetermined": None}
_CRITERIA = {"ckb:expectedMeets": True, "ckb:expectedDoesNotMeet": False, "ckb:expectedUndecided": None}
_SETS = {"ckb:expectedPossible": "possible", "ckb:expectedTension": "tensions", "ckb:expectedSilence": "silences"}
_NOT_IN = {"ckb:expectedNoTension": "tensions", "ckb:expectedNoSilence": "silences"}
_READ = (  # what an evaluator reads of a knowledge base; without the rest a fault is tried in a moment
    *("feature", "window", "pick", "comparator", "threshold", "unit", "operand", "minimumTrue", "direction"),
    *("expectedValue", "fromValue", "toValue", "silenceMeansAbsent", "question", "population", "exceptWhen", "directs"),
    *("stance", "rank", "between", "hingesOn", "scope", "precondition", "closedBy", "aggregation", "featureKind"),
    *("timeless", "allowedUnit", "allowedValue", "ucumCode", "factorToCanonical", "derivedFrom", "forQuestion"),
    *("belowSensitivityValue", "atOrAboveSensitivityValue", "productFact", "state", "value", "date", "assay"),
    *("allowedValueClass",),
)


def operative(knowledge: Knowledge) -> list[ox.Triple]:
    """Return the triples of a knowledge base that bear on some answer."""
    read = {expanded(f"ckb:{name}") for name in _READ} | {"http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}
    return [triple for triple in knowledge.operative if triple.predicate.value in read]


class Cases:
    """The cases of a knowledge base, held against any evaluator. Features asked for are left to the rules.

    What an evaluator finds as the one for the sound knowledge base does is not worked out again.
    """

    def __init__(self, knowledge: Knowledge, sound: Evaluator):
        self._graph = graph = Graph(case_patients(knowledge).triples())
        self.patients = {case: graph.one(case, "ckb:casePatient") for case in graph.members("ckb:Case")}
        self._sound = sound
        self._histories = self._read(sound.features)
        self._truths = {case: sound.look(history, sound.tests) for case, history in self._histories.items()}

    def _read(self, features: Features) -> dict[str, History]:
        return {case: History(features, self._graph, patient) for case, patient in self.patients.items()}

    def unmet(self, evaluator: Evaluator) -> Iterator[str]:
        """Yield the names of cases whose expectations an evaluator does not meet."""
        sound, new = self._sound.graph, list(evaluator.tests)
        histories = self._histories
        if evaluator.features == self._sound.features:
            new = [criterion for criterion in new if evaluator.graph.about(criterion) != sound.about(criterion)]
        else:
            histories = self._read(evaluator.features)
        for case, history in histories.items():
            verdict = evaluator.conclude(self._truths[case] | evaluator.look(history, new))
            expectations = self._graph.all(case, "ckb:expectation")
            met = all(self._is_met(expectation, verdict) for expectation in expectations)
            if not (met and self._comes_out(case, _CRITERIA, verdict.truth)):
                yield case

    def _comes_out(self, subject: str, expected: dict[str, bool | None], truths: dict[str, bool | None]) -> bool:
        """Say whether the criteria or statements that a case or an expectation names come out as expected."""
        return all(
            truths.get(name, "gone") is truth
            for predicate, truth in expected.items()
            for name in self._graph.all(subject, predicate)
        )

    def _is_met(self, expectation: str, verdict: Verdict) -> bool:
        said, one = self._graph.all, self._graph.one
        answer = verdict.answers[one(expectation, "ckb:question")]
        told = any(said(expectation, predicate) for predicate in _STATUS)
        return (
            one(expectation, "ckb:expectedAnswer") == answer.answer_class
            and all(set(said(expectation, name)) <= (getattr(answer, part) or set()) for name, part in _SETS.items())
            and all(getattr(answer, part).isdisjoint(said(expectation, name)) for name, part in _NOT_IN.items())
            and (answer.is_open or not told)
            and self._comes_out(expectation, _STATUS, verdict.statements)
        )


class Checks:
    """The queries of a knowledge base, those that must find nothing and those with a stored answer.

    A fault is put into the store and taken out again; only queries that read what it touches are asked.
    """

    def __init__(self, knowledge: Knowledge):
        self._store = ox.Store()
        self._store.extend(knowledge.store.quads_for_pattern(None, None, None, None))
        paths = [*knowledge.queries("checks"), *knowledge.queries("questions")]
        texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
        self._texts = {name: text for name, text in texts.items() if "# Audit:" not in text}
        self._words = {name: words_of(text) for name, text in self._texts.items()}
        self._clean = {name: self._answer(name) for name in self._texts}

    def _answer(self, name: str) -> list[str]:
        return [str(row) for row in self._store.query(self._texts[name], use_default_graph_as_union=True)]

    def noticing(self, mutation: Mutation) -> str | None:
        """Return the first query whose answer a fault changes, if there is one."""
        gone = [q for t in mutation.removed for q in self._store.quads_for_pattern(*t, None)]
        new = [ox.Quad(*triple, self._graph_of(triple, gone)) for triple in mutation.added]
        touched = {t.predicate.value for t in mutation.removed | mutation.added}
        for quad in gone:
            self._store.remove(quad)
        self._store.extend(new)
        asked = (name for name, words in self._words.items() if not words or words & touched)
        try:
            return next((name for name in asked if self._answer(name) != self._clean[name]), None)
        finally:
            for quad in new:
                self._store.remove(quad)
            self._store.extend(gone)

    def _graph_of(self, triple: ox.Triple, gone: list[ox.Quad]) -> ox.NamedNode:
        there = [*self._store.quads_for_pattern(triple.subject, None, None, None), *gone]
        return there[0].graph_name if there else ox.NamedNode("urn:fault")


class Faulty(Knowledge):
    """A knowledge base with one fault, in memory."""

    def __init__(self, knowledge: Knowledge, mutation: Mutation):
        super().__init__(knowledge.home)
        files, added = {}, set(mutation.added)
        for path, triples in knowledge.loaded.files.items():
            touched = mutation.removed.intersection(triples)
            files[path] = [t for t in triples if t not in mutation.removed] + (
                sorted(added, key=str) if touched else []
            )
            added = set() if touched else added
        first = next(path for path in files if path.parent.name == "statements")
        files[first] = [*files[first], *sorted(added, key=str)]
        self.__dict__["loaded"] = Loaded(files)


def noticed_by_shapes(faulty: Knowledge) -> list[Problem]:
    """Return what the shapes find wrong."""
    return list(validate_all(faulty))


def noticed_by_proof(faulty: Knowledge, subjects: Iterable[str] | None = None) -> list[Problem] | None:
    """Return what the proofs find wrong, or None where z3 is not installed."""
    if importlib.util.find_spec("z3") is None:
        return None
    from cartkb.prove.verify import SUBJECTS, verify

    try:
        return [finding.problem for finding in verify(faulty, subjects=subjects or SUBJECTS).findings]
    except CartkbError as error:
        return error.problems
