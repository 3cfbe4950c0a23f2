"""What became of each passage in a copy of the article, for people and for machines."""

import json
from itertools import groupby
from pathlib import Path

from cartkb.passages.dependents import Dependent, Dependents
from cartkb.passages.verification import OUTCOMES, Outcome
from cartkb.problems import Problem, shown

_FIX = "correct the copy, or, if the article itself was corrected, the passage and what rests on it"
_MOST_CASES = 8  # invented patients named one by one in a message; JSON names them all
_MOST_LINES = 20  # reasons of tolerated passages in the summary
_MEANINGS = {
    "confirmed": "confirmed",
    "tolerated": "confirmed across a break or with raised signs restored",
    "differs": "different",
    "missing": "missing",
    "untold": "too short to be told",
}


def summary(outcomes: list[Outcome]) -> str:
    """Return one line that counts the outcomes, then one for each passage that is confirmed only with a tolerance."""
    counts = [(outcome, sum(o.outcome == outcome for o in outcomes)) for outcome in OUTCOMES]
    told = ", ".join(f"{number} {_MEANINGS[outcome]}" for outcome, number in counts if number)
    lines = [f"  {o.key}: {o.detail}" for o in outcomes if o.outcome == "tolerated"]
    if len(lines) > _MOST_LINES:
        lines = ["  --all says of each why; a text in reading order, not in the layout of the page, has fewer breaks"]
    return "\n".join([f"{len(outcomes)} passages: {told}", *lines])


def listing(outcomes: list[Outcome]) -> str:
    """Return one line for each passage: key, outcome, line of the copy and what there is to say."""
    width = max(len(outcome.key) for outcome in outcomes)
    return "\n".join(f"{o.key:{width}}  {o.outcome:9}  {o.line or '':>5}  {o.detail}".rstrip() for o in outcomes)


def problems(outcomes: list[Outcome], dependents: Dependents, path: Path) -> list[Problem]:
    """Return a problem for each passage that differs or is missing, with all that rests on it.

    Missing passages of a section that is missing as a whole make one problem together, and so do
    all cells that are too short to be told.
    """
    found = []
    for _, section in groupby(outcomes, key=lambda o: o.key.split(".")[0]):
        of_section = list(section)
        missing = [o for o in of_section if o.outcome == "missing"]
        if len(missing) > 1 and all(o.outcome in ("missing", "untold") for o in of_section):
            told = f"none of {len(of_section)} passages stands in the copy: {of_section[0].key} to {of_section[-1].key}"
            why, fix = "a section of the article is not in it", "give the whole article"
            found.append(Problem(shown(path), 0, told, why, fix))
            continue
        for o in of_section:
            if o.outcome in ("differs", "missing"):
                what = f"{o.key} {'differs: ' * (o.outcome == 'differs')}{o.detail}"
                found.append(Problem(shown(path), o.line, what, _why(dependents, o.key), _FIX))
        if untold := [o.key for o in of_section if o.outcome == "untold"]:
            what = f"{len(untold)} short passages cannot be told: {', '.join(untold)}"
            why = "each is looked for beside its neighbours, in the order of the table"
            found.append(Problem(shown(path), 0, what, why, "give a copy that keeps each row of a table together"))
    return found


def _why(dependents: Dependents, key: str) -> str:
    direct, through = dependents.of(key)
    if not direct:
        return "nothing rests on it"
    told = f"on it rests directly: {_by_kind(direct)}"
    return told + (f"\n         and through that: {_by_kind(through)}" if through else "")


def _by_kind(dependents: list[Dependent]) -> str:
    told = []
    for kind, items in groupby(dependents, key=lambda d: d.kind):
        names = [d.item for d in items]
        many = kind == "case" and len(names) > _MOST_CASES
        told.append(f"{len(names)} cases" if many else f"{kind} {', '.join(names)}")
    return "; ".join(told)


def as_json(outcomes: list[Outcome], dependents: Dependents) -> str:
    """Return every passage with its outcome; numbers are strings, to keep them as printed."""
    passages = []
    for outcome in outcomes:
        row: dict[str, object] = {"passage": outcome.key, "outcome": outcome.outcome}
        row |= {"line": outcome.line} if outcome.line else {}
        row |= {"detail": outcome.detail} if outcome.detail else {}
        if outcome.outcome in ("differs", "missing"):
            direct, through = dependents.of(outcome.key)
            row |= {"numbersOfThePassage": [f"{n:f}" for n in outcome.lost]}
            row |= {"numbersOfTheCopy": [f"{n:f}" for n in outcome.new]}
            row |= {"directly": [vars(d) for d in direct], "throughThat": [vars(d) for d in through]}
        passages.append(row)
    counts = {outcome: sum(o.outcome == outcome for o in outcomes) for outcome in OUTCOMES}
    return json.dumps({"counts": counts, "passages": passages}, indent=2, ensure_ascii=False)
