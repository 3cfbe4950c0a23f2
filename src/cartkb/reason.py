"""Running the rules: numbered SPARQL CONSTRUCT files, set-at-a-time, each stratum to its fixpoint.

No rule is written in Python. A file's number is its stratum; the files of one stratum run together
until nothing new is derived, and negation looks only at lower strata. The strata below 10 are about
the knowledge base alone and run once. Each rule runs as an INSERT, so that what it derives stays in
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
from cartkb.load import CKB, Loaded, ckb
from cartkb.problems import CartkbError

RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
BATCH = 100  # patients reasoned over at once: larger batches are slower and need more memory
OF_PATIENTS = 10  # strata below are about the knowledge base alone
PROOFS = 90  # strata from here on show what conclusions rest on
LAST = 100  # above every stratum


def patients_of(loaded: Loaded) -> list[ox.NamedNode]:
    """Return the patients of some files, in the order in which they stand there."""
    kind = ckb("Patient")
    return list(dict.fromkeys(t.subject for t in loaded.triples() if t.predicate == RDF_TYPE and t.object == kind))


class Stratum:
    """The rules of one number, as updates."""

    def __init__(self, number: int, rules: Iterable[str]):
        self.number = number
        parts = [re.sub(r"(?m)^#.*\n", "", rule).partition("WHERE") for rule in rules]
        self.derives = set().union(*(_derived(head, body) for head, _, body in parts))
        self._updates = [head.replace("CONSTRUCT", "INSERT", 1) + where + body for head, where, body in parts]
        self._again = [u for u, (_, _, body) in zip(self._updates, parts, strict=True) if _reads(body, self.derives)]

    def run(self, store: ox.Store) -> None:
        """Derive all that follows: every rule once, and those that read what the stratum derives until nothing is new."""
        updates, before = self._updates, -1
        while updates:
            for update in updates:
                store.update(update)
            updates, after = self._again, self._size(store) if self._again else -1
            if after == before:
                break
            before = after

    def _size(self, store: ox.Store) -> int:
        derived = " ".join(sorted(self.derives))
        query = f"PREFIX ckb: <{CKB}> SELECT (COUNT(*) AS ?count) {{ VALUES ?name {{ {derived} }} ?node ?name ?value }}"
        return int(next(store.query(query))["count"].value)


def _derived(head: str, body: str) -> set[str]:
    """Return the names that a rule derives. Where its head holds a variable instead, the body says which they are."""
    names = set(re.findall(r"ckb:[\w-]+", head.partition("CONSTRUCT")[2]))
    if re.search(r"\?\w+ \?\w+ \?\w+", head):
        names |= set(re.findall(r"ckb:[\w-]+(?=\s*[,)])", body))
    return names


def _reads(body: str, names: Iterable[str]) -> bool:
    """Say whether a rule may read some names: whether one stands in its body other than as an argument of a function."""
    return any(re.search(rf"{re.escape(name)}(?![\w-])(?!\s*[,)])", body) for name in names)


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
        return [quad.triple for quad in self.derived_quads]

    @cached_property
    def derived_quads(self) -> list[ox.Quad]:
        derivable = self.reasoner.derivable
        before = ox.Store()  # stores write numbers their own way, so only a store can tell whether it holds them
        before.extend(quad for quad in self.given if quad.predicate in derivable)
        found = (quad for name in derivable for quad in self.store.quads_for_pattern(None, name, None))
        return [quad for quad in found if quad not in self.reasoner.static and quad not in before]


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
    def about(self) -> dict[ox.NamedNode, list[ox.Triple]]:
        """What the operative part of the knowledge base says of each thing: for telling answers, faster than a store."""
        found = defaultdict(list)
        for triple in self._knowledge.operative:
            found[triple.subject].append(triple)
        return found

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
            for quad in (*inference.given, *inference.derived_quads):
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
