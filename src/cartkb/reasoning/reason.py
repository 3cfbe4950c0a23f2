"""Running the rules: numbered SPARQL CONSTRUCT files, set-at-a-time, each stratum to its fixpoint.

No rule is written in Python. A file's number is its stratum; the files of one stratum run together
until nothing new is derived, and negation looks only at lower strata. A rule whose header says "Once:",
and why, is not run again for what its own stratum derives. The strata below 10 are about the knowledge
base alone. Each rule runs as an INSERT, so that what it derives stays in
the engine; that is three times as fast as to carry every triple through Python.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import groupby, islice

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded, patients_of
from cartkb.names import CKB, RDF_TYPE, ckb
from cartkb.problems import CartkbError

BATCH = 100  # patients reasoned over at once: larger batches are slower and need more memory
OF_PATIENTS = 10  # strata below are about the knowledge base alone
PROOFS = 90  # strata from here on show what conclusions rest on
LAST = 100  # above every stratum


class Stratum:
    """The rules of one number, as updates."""

    def __init__(self, number: int, rules: Iterable[str]):
        self.number = number
        rules = list(rules)
        parts = [re.sub(r"(?m)^#.*\n", "", rule).partition("WHERE") for rule in rules]
        self.derives = set().union(*(_derived(head, body) for head, _, body in parts))
        read = [
            set() if "\n# Once: " in rule else _read(body, self.derives)
            for rule, (_, _, body) in zip(rules, parts, strict=True)
        ]
        self._updates = [head.replace("CONSTRUCT", "INSERT", 1) + where + body for head, where, body in parts]
        self._again = [update for update, names in zip(self._updates, read, strict=True) if names]
        patterns = " UNION ".join(f"{{ ?node {name} ?value }}" for name in sorted(set().union(*read)))
        self._count = f"PREFIX ckb: <{CKB}> SELECT (COUNT(*) AS ?count) {{ {patterns} }}"

    def run(self, store: ox.Store) -> None:
        """Derive all that follows: every rule once, and those that read what the stratum derives until nothing is
        new.
        """
        updates, before = self._updates, None
        while updates:
            for update in updates:
                store.update(update)
            updates, after = self._again, next(store.query(self._count))["count"] if self._again else None
            if after == before:
                break
            before = after


def _derived(head: str, body: str) -> set[str]:
    """Return the names that a rule derives. Where its head holds a variable instead, the body says which they are."""
    names = set(re.findall(r"ckb:[\w-]+", head.partition("CONSTRUCT")[2]))
    for variable in re.findall(r"\?\w+ (\?\w+) \?\w+", head):
        names.update(*(re.findall(r"ckb:[\w-]+", bind) for bind in re.findall(rf"BIND\((.*) AS \{variable}\)", body)))
    return names


def _read(body: str, names: Iterable[str]) -> set[str]:
    """Return which of some names a rule may read: those that stand in its body other than as arguments of functions."""
    return {name for name in names if re.search(rf"{re.escape(name)}(?![\w-])(?!\s*[,)])", body)}


class Inference:
    """Some patients after reasoning, until the next batch is asked for.

    ``store`` holds their facts, the conclusions, and what of the knowledge base the rules read.
    """

    def __init__(self, reasoner: "Reasoner", patients: list[ox.NamedNode], given: list[ox.Quad], store: ox.Store):
        self.reasoner = reasoner
        self.patients = patients
        self.given = given
        self.store = store

    @cached_property
    def derived(self) -> list[ox.Triple]:
        """What was derived for these patients."""
        before = ox.Store()  # stores write numbers their own way, so only a store can tell whether it holds them
        before.extend(quad for quad in self.given if quad.predicate in self.reasoner.derivable)
        return [quad.triple for quad in self.of_derivable() if quad not in before]

    def of_derivable(self) -> Iterator[ox.Quad]:
        """Yield what is said of these patients by predicates that rules derive, be it given or derived."""
        for predicate in self.reasoner.derivable:
            found = self.store.quads_for_pattern(None, predicate, None)
            yield from (quad for quad in found if quad not in self.reasoner.static)


class Reasoner:
    """Reasons over patients with the rules and the operative part of a knowledge base."""

    def __init__(self, knowledge: Knowledge):
        self.strata = [
            Stratum(number, (text for _, _, text in files))
            for number, files in groupby(knowledge.rules, key=lambda rule: rule[0])
        ]
        of_patients = [stratum for stratum in self.strata if stratum.number >= OF_PATIENTS]
        names = sorted(set().union(*(stratum.derives for stratum in of_patients)))
        self.derivable = {RDF_TYPE: None, **{ckb(name.removeprefix("ckb:")): None for name in names}}
        self._knowledge = knowledge
        read = {ckb(name) for _, _, text in knowledge.rules for name in re.findall(r"\bckb:([\w-]+)", text)}
        store = ox.Store()
        store.extend(ox.Quad(*t) for t in knowledge.operative if t.predicate in read or t.object in read)
        self._run(store, 0, OF_PATIENTS)
        self.static = frozenset(store)
        self._idle = [store]  # stores that hold the static part only, ready for patients

    @cached_property
    def store(self) -> ox.Store:
        """The operative part of the knowledge base, with what the rules derive about it alone."""
        store = ox.Store()
        store.extend({*self.static, *(ox.Quad(*triple) for triple in self._knowledge.operative)})
        return store

    @cached_property
    def about(self) -> dict[tuple[ox.NamedNode, ox.NamedNode], list]:
        """The values of each thing's properties in the operative part: for telling answers, faster than a store."""
        found = defaultdict(list)
        for subject, predicate, value in self._knowledge.operative:
            found[subject, predicate].append(value)
        return found

    @cached_property
    def units(self) -> dict[str, str]:
        """How readers see each unit, by its UCUM code."""
        coded = (key[0] for key in self.about if key[1] == ckb("ucumCode"))
        told = {unit: self.about.get((unit, ckb("shownAs"))) for unit in coded}
        return {self.about[unit, ckb("ucumCode")][0].value: shown[0].value for unit, shown in told.items() if shown}

    def infer(self, loaded: Loaded, as_of: date | None = None, proofs: bool = True) -> Iterator[Inference]:
        """Yield the conclusions for all patients of some files, a batch at a time.

        ``as_of`` replaces the dates that the files give. Without ``proofs`` the answers are the same, but
        nothing says what does not apply nor what the truth of each criterion rests on. The stores of a batch
        are valid until the next one is asked for. Raises CartkbError for a patient without an as-of date.
        """
        patients = patients_of(loaded)
        shared, own = self._by_patient(loaded, patients)
        self._assert_dates(loaded, own, as_of)
        queue = iter(patients)
        while batch := list(islice(queue, BATCH)):
            triples = shared + [t for patient in batch for t in own[patient]]
            if as_of:
                triples = [t for t in triples if t.predicate != ckb("asOf")]
                day = ox.Literal(as_of.isoformat(), datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
                triples += [ox.Triple(patient, ckb("asOf"), day) for patient in batch]
            store = self._idle.pop() if self._idle else self._new_store()
            given = [quad for quad in (ox.Quad(*triple) for triple in triples) if quad not in store]
            store.extend(given)
            self._run(store, OF_PATIENTS, LAST if proofs else PROOFS)
            inference = Inference(self, batch, given, store)
            try:
                yield inference
            finally:
                self._reuse(inference)

    def _new_store(self) -> ox.Store:
        store = ox.Store()
        store.extend(self.static)
        return store

    def _reuse(self, inference: Inference) -> None:
        """Take the patients out of a store again, or leave it where filling another is less work."""
        if len(inference.given) < len(self.static) / 5:
            for quad in (*inference.given, *inference.of_derivable()):
                inference.store.remove(quad)
            self._idle.append(inference.store)

    def _run(self, store: ox.Store, first: int, end: int) -> None:
        for stratum in self.strata:
            if first <= stratum.number < end:
                stratum.run(store)

    @staticmethod
    def _by_patient(loaded: Loaded, patients: list) -> tuple[list[ox.Triple], dict]:
        owner = {patient: patient for patient in patients}
        for triple in loaded.triples():
            if triple.predicate == ckb("hasFact"):
                owner[triple.object] = triple.subject
        shared, own = [], defaultdict(list)
        for triple in loaded.triples():
            if triple.subject in owner:
                own[owner[triple.subject]].append(triple)
            else:
                shared.append(triple)
        return shared, own

    @staticmethod
    def _assert_dates(loaded: Loaded, own: dict, as_of: date | None) -> None:
        dated = ckb("asOf")
        undated = [p for p, triples in own.items() if not as_of and all(t.predicate != dated for t in triples)]
        if undated:
            raise CartkbError([
                loaded.problem(
                    patient.value,
                    f"{patient.value} has no as-of date",
                    "an answer holds for one day; this program never looks at the clock",
                    "add ckb:asOf to the patient, or give --as-of DATE",
                )
                for patient in undated
            ])  # fmt: skip
