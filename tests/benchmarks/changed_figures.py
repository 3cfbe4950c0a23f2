"""Change every printed figure of every finding, one at a time, and count how many changes the checks notice.

Run with: python tests/benchmarks/changed_figures.py
Each figure becomes each other number of its own passages, and itself plus one. A change is noticed if a check
or an audit complains of something that it did not complain of before.
"""

import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "tests"))

from cartkb.knowledge import Knowledge  # noqa: E402
from figures import PLAIN_CHECKS, Figures, figures  # noqa: E402


def main() -> None:
    knowledge, began = Knowledge(HOME), time.perf_counter()
    held, all_figures = Figures(knowledge), figures(knowledge)
    checks = [held.checks[name] for name in PLAIN_CHECKS]
    before = {check: held.complaints(check) for check in checks}
    assert held.unchanged
    audited = held.audit()
    changes = [(figure, value) for figure in all_figures for value in figure.changes()]
    noticed, by_audit, elsewhere, missed = 0, 0, [], []
    for figure, value in changes:
        with held.changed([figure.triple()], [figure.triple(value)]):
            found = set().union(*(held.complaints(check) - before[check] for check in checks))
            arithmetic = held.audit_again(figure.predicate) - audited
        noticed += bool(found or arithmetic)
        by_audit += bool(arithmetic)
        if not any(figure.item in complaint for complaint in found | arithmetic):
            (elsewhere if found or arithmetic else missed).append(f"{figure} -> {value:f}")
    total = len(changes)
    print(f"{len(all_figures)} figures, {total} changes, {time.perf_counter() - began:.0f} s")
    at_item = total - len(elsewhere) - len(missed)
    for name, count in (("noticed", noticed), ("noticed by an audit", by_audit), ("told at the item itself", at_item)):
        print(f"{name:24} {count:5} {100 * count / total:6.1f} %")
    for name, cases in (("told elsewhere only", elsewhere), ("missed", missed)):
        print(f"{name}:", *cases or ["none"], sep="\n  ")


if __name__ == "__main__":
    main()
