"""Running the rules: numbered SPARQL CONSTRUCT files, set-at-a-time, each stratum to its fixpoint.

No rule is written in Python. A file's number is its stratum; the files of one stratum run together
until nothing new is derived, and negation looks only at lower strata.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.load import Loaded, ckb
from cartkb.problems import CartkbError

RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
BATCH = 100  # patients reasoned over at once: larger batches are slower and need more memory


@dataclass
class Inference:
    """Patients after reasoning: the store of knowledge, facts and conclusions, and what was derived."""

    patients: list[ox.NamedNode]
    store: ox.Store
    derived: list[ox.Triple]


def patients_of(loaded: Loaded) -> list[ox.NamedNode]:
    """Return the patients of some files, in the order in which they stand there."""
    kind = ckb("Patient")
    return list(dict.fromkeys(t.subject for t in loaded.triples() if t.predicate == RDF_TYPE and t.object == kind))


@functools.cache
def _is_recursive(rules: tuple[str, ...]) -> bool:
    """Say whether the rules of a stratum read anything that they derive, so that one pass may not be enough."""
    heads, bodies = zip(*(rule.split("WHERE", 1) for rule in rules), strict=True)
    derived = set(re.findall(r"ckb:[\w-]+", " ".join(heads)))
    return any(re.search(rf"{re.escape(name)}(?![\w-])", body) for name in derived for body in bodies)


class Reasoner:
    """Reasons over patients with the rules and the operative part of a knowledge base."""

    def __init__(self, knowledge: Knowledge):
        self.strata = [
            (stratum, tuple(text for _, _, text in files))
            for stratum, files in groupby(knowledge.rules, key=lambda rule: rule[0])
        ]
        self._store = ox.Store()
        self._store.extend(ox.Quad(*triple) for triple in knowledge.operative)
        self._run([s for s in self.strata if s[0] < 10])

    def infer(self, loaded: Loaded, as_of: date | None = None) -> Iterator[Inference]:
        """Yield the conclusions for all patients of some files, a batch at a time.

        ``as_of`` replaces the dates that the files give. The store of a batch is valid until the
        next one is asked for. Raises CartkbError for a patient without an as-of date.
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
            added = [quad for quad in (ox.Quad(*t) for t in triples) if quad not in self._store]
            self._store.extend(added)
            derived = self._run([s for s in self.strata if s[0] >= 10])
            yield Inference(batch, self._store, [quad.triple for quad in derived])
            for quad in added + derived:
                self._store.remove(quad)

    def _run(self, strata: list[tuple[int, tuple[str, ...]]]) -> list[ox.Quad]:
        derived = []
        for _, rules in strata:
            while True:
                new = {
                    quad
                    for rule in rules
                    for quad in (ox.Quad(*triple) for triple in self._store.query(rule))
                    if quad not in self._store
                }
                if not new:
                    break
                self._store.extend(new)
                derived += new
                if not _is_recursive(rules):
                    break
        return derived

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
