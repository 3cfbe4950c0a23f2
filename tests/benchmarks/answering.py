"""How fast patients are answered, in one run and on one core: python tests/benchmarks/answering.py [--count N].

Measures one patient, warm and from the shell; many invented patients parsed, validated, inferred and serialised,
beside the same files through rdflib and pyshacl and beside a function written by hand; memory; and how the cost
grows with patients and with statements. Seconds are of processor time, so that other work on the machine counts
little. Ratios hold better than seconds. Nothing is asserted but that all ways give the same answers.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
HOME = TESTS.parent
sys.path[:0] = [str(TESTS), str(TESTS / "benchmarks")]

import by_hand  # noqa: E402
import pyoxigraph as ox  # noqa: E402
from generated import Generator  # noqa: E402

from cartkb.knowledge import Knowledge  # noqa: E402
from cartkb.loaded import Loaded  # noqa: E402
from cartkb.names import CKBG, RDF_TYPE, ckb  # noqa: E402
from cartkb.reasoning.answers import Explainer  # noqa: E402
from cartkb.reasoning.reason import BATCH, Reasoner  # noqa: E402
from cartkb.shacl.validate import PatientShapes  # noqa: E402
from cartkb.turtle import published  # noqa: E402

STAGES = ("parse", "validate", "rules", "serialise")


def seconds(run: Callable[[], object], times: int = 1) -> float:
    """Return the least processor time of some runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


def memory() -> str:
    """Return the memory in use now, where the system tells it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((f"{int(line.split()[1]) // 1024} MB" for line in lines if line.startswith("VmRSS")), "not told here")


def parsed(text: str) -> Loaded:
    return Loaded({Path("generated.ttl"): [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]})


class Ours:
    """The way from text to answers, with the time that each stage takes."""

    def __init__(self, knowledge: Knowledge):
        self.shapes, self.reasoner = PatientShapes(knowledge), Reasoner(knowledge)
        self.taken: Counter[str] = Counter()

    def _timed(self, stage: str, start: float) -> float:
        now = time.process_time()
        self.taken[stage] += now - start
        return now

    def answer(self, text: str, proofs: bool = False) -> bytes:
        """Return the answers to the patients of one text as N-Quads."""
        start = time.process_time()
        loaded = parsed(text)
        start = self._timed("parse", start)
        assert not self.shapes.violations(loaded.triples())
        start = self._timed("validate", start)
        run = self.reasoner.infer(loaded, proofs=proofs)
        inference = next(run)
        start = self._timed("rules", start)
        answers = published(inference.derived)
        written = ox.serialize((ox.Quad(*triple) for triple in answers), format=ox.RdfFormat.N_QUADS)
        self._timed("serialise", start)
        run.close()
        return written


def satisfied(reasoner: Reasoner, loaded: Loaded) -> dict[str, set[str]]:
    """Return which statements hold for each patient, by the rules."""
    found: dict[str, set[str]] = {}
    for inference in reasoner.infer(loaded, proofs=False):
        for quad in inference.store.quads_for_pattern(None, ckb("satisfies"), None):
            found.setdefault(quad.subject.value, set()).add(quad.object.value.removeprefix(CKBG))
    return found


def row(what: str, value: str, note: str = "") -> None:
    print(f"  {what:<58}{value:>14}  {note}".rstrip())


def per_second(count: int, taken: float) -> str:
    return f"{count / taken:,.0f}/s"


def one_patient(knowledge: Knowledge, generator: Generator) -> None:
    print("\nOne patient, warm (least of 50, in milliseconds)")
    ours, texts = Ours(knowledge), [generator.batch(number, 1) for number in range(50)]
    loaded = [parsed(text) for text in texts]
    for text in texts:
        ours.answer(text)  # everything has been used once
    timed = {
        "parse": lambda n: parsed(texts[n]),
        "validate": lambda n: ours.shapes.violations(loaded[n].triples()),
        "rules, answers only": lambda n: list(ours.reasoner.infer(loaded[n], proofs=False)),
        "rules with proofs": lambda n: list(ours.reasoner.infer(loaded[n])),
        "rules with proofs, explained": lambda n: [Explainer(i).explain_all() for i in ours.reasoner.infer(loaded[n])],
        "text to answers, serialised": lambda n: ours.answer(texts[n]),
    }
    for what, run in timed.items():
        row(what, f"{1000 * min(seconds(lambda n=n, run=run: run(n)) for n in range(50)):.2f}")
    facts = [by_hand.read(each.triples()) for each in loaded]
    by_function = seconds(lambda: [by_hand.decide(next(iter(f.values()))) for f in facts], 5) / 50
    row(f"by hand, {len(by_hand.STATEMENTS)} statements of {len(statements(knowledge))}", f"{1000 * by_function:.3f}")


def from_the_shell(generator: Generator) -> None:
    print("\nOne patient from the shell (least of 5, in seconds on the clock)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patient.ttl"
        path.write_text(generator.batch(0, 1), encoding="utf-8")
        program = "from cartkb.cli import main; main()"
        commands = {
            "python alone": ["-c", "pass"],
            "cartkb --version": ["-c", program, "--version"],
            "cartkb validate": ["-c", program, "validate", str(path)],
            "cartkb infer": ["-c", program, "infer", str(path)],
        }
        for what, arguments in commands.items():
            taken = []
            for _ in range(5):
                start = time.perf_counter()
                subprocess.run([sys.executable, *arguments], check=True, cwd=HOME, stdout=subprocess.DEVNULL)
                taken.append(time.perf_counter() - start)
            row(what, f"{min(taken):.2f}")


def many_patients(knowledge: Knowledge, generator: Generator, count: int) -> float:
    """Measure the whole way for many patients, and return the seconds for one."""
    print(f"\n{count:,} patients in batches of {BATCH}: seconds, and patients a second on one core")
    ours, size = Ours(knowledge), 0
    for first in range(0, count, BATCH):
        size += len(ours.answer(generator.batch(first, BATCH)))
        if first + BATCH in (BATCH, count // 10, count // 2, count):
            row(f"memory after {first + BATCH:,} patients", memory())
    for stage in STAGES:
        row(stage, f"{ours.taken[stage]:.1f}", per_second(count, ours.taken[stage]))
    total = sum(ours.taken.values())
    row("all", f"{total:.1f}", f"{per_second(count, total)}, {size / count:,.0f} bytes of answers each")
    return total / count


def other_ways(knowledge: Knowledge, generator: Generator, ours: float, few: int) -> None:
    import rdflib

    from cartkb.shacl.referee import rdflib_graph, violations
    from oracle.other_engine import OtherEngine

    print(
        f"\nThe same patients in other ways (rdflib and pyshacl: {few} patients, scaled;"
        " seconds for 10,000, and ratios)"
    )
    loaded = parsed(generator.batch(0, BATCH))
    expected, shapes = satisfied(Reasoner(knowledge), loaded), PatientShapes(knowledge)
    vocabulary = rdflib_graph(shapes.vocabulary)
    folder = knowledge.ontology_folder / "shapes"
    shacl = rdflib_graph(t for name in ("patient.ttl", "fact.ttl") for t in knowledge.loaded.files[folder / name])
    engine = OtherEngine(knowledge.operative, knowledge.rules)
    taken: Counter[str] = Counter()
    for number in range(few):
        text = generator.batch(number, 1)
        taken["parse"] += seconds(lambda text=text: rdflib.Graph().parse(data=text, format="turtle"))
        triples = list(parsed(text).triples())
        graph = vocabulary + rdflib_graph(triples)
        taken["validate"] += seconds(lambda graph=graph: violations(graph, shacl))
        taken["rules"] += seconds(lambda triples=triples: taken.update(triples=len(engine.conclude(triples))))
    row("ours, all stages", f"{10_000 * ours:,.0f}", "1")
    for stage in ("parse", "validate", "rules"):
        row(f"rdflib and pyshacl, {stage}", f"{10_000 * taken[stage] / few:,.0f}")
    total = sum(taken[stage] for stage in ("parse", "validate", "rules")) / few
    row("rdflib and pyshacl, all stages but writing", f"{10_000 * total:,.0f}", f"{total / ours:,.0f} times ours")
    patients = by_hand.read(loaded.triples())
    decided = {name: by_hand.decide(facts) for name, facts in patients.items()}
    assert decided == {name: expected.get(name, set()) & set(by_hand.STATEMENTS) for name in patients}
    assert sum(map(len, decided.values())) > BATCH / 4
    by_function = seconds(lambda: [by_hand.decide(facts) for facts in patients.values()], 20) / BATCH
    reading = seconds(lambda: by_hand.read(loaded.triples()), 5) / BATCH
    row(f"by hand, {len(by_hand.STATEMENTS)} statements, without parsing", f"{10_000 * (by_function + reading):,.2f}",
        f"ours is {ours / (by_function + reading):,.0f} times that")  # fmt: skip


def statements(knowledge: Knowledge) -> set[ox.NamedNode]:
    return {t.subject for t in knowledge.operative if t.predicate == RDF_TYPE and t.object == ckb("Statement")}


class Grown:
    """A knowledge base with every statement several times, under other names."""

    def __init__(self, knowledge: Knowledge, times: int):
        self.rules, named = knowledge.rules, statements(knowledge)
        self.operative = list(knowledge.operative)
        for triple in knowledge.operative:
            if triple.subject in named:
                copies = (ox.NamedNode(f"{triple.subject.value}-copy-{number}") for number in range(1, times))
                self.operative += (ox.Triple(copy, triple.predicate, triple.object) for copy in copies)


def growth(knowledge: Knowledge, generator: Generator) -> None:
    print("\nGrowth of the rules, answers only: seconds, and how many times as long")
    reasoner, first = Reasoner(knowledge), 0.0
    for count in (1, 10, BATCH, 10 * BATCH):
        loaded = parsed(generator.batch(0, count))
        taken = seconds(lambda loaded=loaded: [None for _ in reasoner.infer(loaded, proofs=False)], 3)
        first = first or taken
        row(f"{count:,} patients", f"{taken:.3f}", f"{taken / first:,.1f}, {per_second(count, taken)}")
    loaded, first = parsed(generator.batch(0, BATCH)), 0.0
    for times in (1, 10, 100):
        reasoner = Reasoner(Grown(knowledge, times))
        taken = seconds(lambda r=reasoner: [None for _ in r.infer(loaded, proofs=False)], 2)
        first = first or taken
        row(
            f"{times * len(statements(knowledge)):,} statements, {BATCH} patients",
            f"{taken:.3f}",
            f"{taken / first:,.1f}",
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=10_000, help="patients to answer (default: 10000)")
    arguments.add_argument("--few", type=int, default=3, help="patients for rdflib and pyshacl (default: 3)")
    given = arguments.parse_args()
    knowledge = Knowledge(HOME)
    generator = Generator(knowledge)
    print(f"Python {platform.python_version()}, pyoxigraph {ox.__version__}, {platform.machine()}")
    example = parsed(generator.batch(0, BATCH))
    facts = sum(1 for t in example.triples() if t.predicate == ckb("hasFact")) / BATCH
    triples = sum(1 for _ in example.triples()) / BATCH
    print(f"{facts:.0f} facts and {triples:.0f} triples a patient, {len(statements(knowledge))} statements")
    one_patient(knowledge, generator)
    from_the_shell(generator)
    ours = many_patients(knowledge, generator, given.count)
    other_ways(knowledge, generator, ours, given.few)
    growth(knowledge, generator)


if __name__ == "__main__":
    main()
