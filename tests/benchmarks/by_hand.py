"""The same decision for a few statements as a programmer would write it: fast, and good for these statements only.

Here as the floor to measure against. Everything that the rules read as data stands in the code: features, codes,
limits, windows. It answers yes or not yes, knows no unknown, gives no proof, and assumes one record a day.
"""

from collections.abc import Iterable

import pyoxigraph as ox

_CKB = "https://w3id.org/cartkb/vocab/"
STATEMENTS = (
    "adults-may-benefit",
    "children-may-remit-without",
    "consider-on-b-cell-recovery",
    "generally-not-after-prior-transplant",
    "recommended-for-persistent-clone",
)


def read(triples: Iterable[ox.Triple]) -> dict[str, dict]:
    """Return patients as dictionaries: as-of date, and facts as (date, state, value) by feature."""
    said: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in triples:
        said.setdefault(subject.value, {}).setdefault(predicate.value.rpartition("/")[2], []).append(value.value)
    patients = {}
    for name, about in said.items():
        if "hasFact" in about:
            facts: dict[str, list[tuple[str, str, str]]] = {}
            for fact in map(said.__getitem__, about["hasFact"]):
                date, value = fact.get("date", [""])[0], fact.get("value", [""])[0]
                if date <= about["asOf"][0]:
                    record = (date, fact["state"][0].removeprefix(_CKB), value.removeprefix(_CKB))
                    facts.setdefault(fact["feature"][0].removeprefix(_CKB), []).append(record)
            patients[name] = facts
    return patients


def decide(facts: dict[str, list[tuple[str, str, str]]]) -> set[str]:
    """Return which of the statements hold for one patient."""
    infusions = [date for date, state, _ in facts.get("car-t-infusion", ()) if state == "known"]
    day_0 = infusions[0] if infusions else "9999-12-31"

    def last(feature: str, after: str = "") -> tuple[str, str, str]:
        return max((record for record in facts.get(feature, ()) if record[0] > after), default=("", "unknown", ""))

    _, state, response = last("response", day_0)
    if state != "known" or response not in ("cr", "cri"):
        return set()
    _, age_state, age = last("age")
    found = set()
    if age_state == "known":
        found.add("adults-may-benefit" if float(age) >= 18 else "children-may-remit-without")
    if any(state == "known" and date < day_0 for date, state, _ in facts.get("allo-hsct", ())):
        found.add("generally-not-after-prior-transplant")
    if any(state == "known" and date > day_0 for date, state, _ in facts.get("b-cell-recovery", ())):
        found.add("consider-on-b-cell-recovery")
    if last("leukaemic-clone-hts", day_0)[1] == "known":
        found.add("recommended-for-persistent-clone")
    return found
