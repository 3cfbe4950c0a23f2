"""Rules and second evaluator side by side, over cases and over any number of generated patients."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

from cartkb.knowledge import Knowledge, case_patients
from cartkb.loaded import Loaded
from cartkb.reasoning.reason import Reasoner
from oracle.conclusions import concluded, differences, verdicts
from oracle.evaluator import Evaluator, Verdict
from oracle.generator import Generator, Vocabulary
from oracle.graph import Graph
from oracle.patients import Patient, from_graph, smallest, triples, turtle

HOME = Path(__file__).resolve().parents[2]
BATCH = 100


class Bench:
    """One knowledge base, the rules over it, and the second evaluator over the same triples."""

    def __init__(self, knowledge: Knowledge, reasoner: Reasoner | None = None):
        self.knowledge = knowledge
        self.reasoner = reasoner or Reasoner(knowledge)
        self.evaluator = Evaluator(knowledge.operative)
        self.vocabulary = Vocabulary(self.evaluator.graph)
        graph = Graph(case_patients(knowledge).triples())
        self.cases = {name: from_graph(graph, name) for name in graph.members("ckb:Patient")}

    def generator(self, random: Random) -> Generator:
        return Generator(self.vocabulary, self.cases.values(), random)

    def by_evaluator(self, patients: Iterable[Patient]) -> list[Verdict]:
        """Return what the second evaluator says of some patients."""
        return [self.evaluator.evaluate(Graph(triples(p, "p")), "https://example.org/p") for p in patients]

    def by_rules(self, patients: list[Patient]) -> list[Verdict]:
        """Return what the rules say of some patients."""
        said = {Path("patients.ttl"): [t for n, p in enumerate(patients) for t in triples(p, f"p{n}")]}
        found: dict[str, Verdict] = {}
        for inference in self.reasoner.infer(Loaded(said)):
            names = [patient.value for patient in inference.patients]
            found |= verdicts(concluded(inference.store), names, self.evaluator)
        return [found[f"https://example.org/p{number}"] for number in range(len(patients))]

    def differs(self, patient: Patient) -> bool:
        """Say whether evaluator and rules disagree about a patient."""
        return any(differences(self.by_evaluator([patient])[0], self.by_rules([patient])[0]))

    def reported(self, patient: Patient) -> str:
        """Return a patient with few facts about whom the two disagree too, as Turtle with what each says."""
        patient = smallest(patient, self.differs)
        found = differences(self.by_evaluator([patient])[0], self.by_rules([patient])[0])
        return "\n".join([turtle(patient), "second evaluator and rules:", *(f"  {line}" for line in found)])


@cache
def real() -> Bench:
    return Bench(Knowledge(HOME))


def compare(seed: int, count: int) -> tuple[list[str], Counter]:
    """Compare rules and evaluator on generated patients.

    Return disagreements, and for how many patients each statement held, did not, and stayed open.
    """
    bench, found, fates = real(), [], Counter()
    generator = bench.generator(Random(seed))
    patients = (generator.patient() for _ in range(count))
    while batch := list(islice(patients, BATCH)):
        for patient, ours, theirs in zip(batch, bench.by_evaluator(batch), bench.by_rules(batch), strict=True):
            fates.update(ours.statements.items())
            if len(found) < 3 and any(differences(ours, theirs)):
                found.append(bench.reported(patient))
    return found, fates
