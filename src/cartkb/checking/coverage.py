"""What the cases show: of every statement and criterion all that may come out of it, each by some patient."""

from collections import defaultdict

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import local_name, short
from cartkb.problems import Bearing, Problem

_FATES = {"applies": "applies", "doesNotApply": "does not apply", "undetermined": "stays undetermined"}
_TRUTHS = {"true": "is true", "false": "is false", "undecided": "stays unknown"}
# What a statement turns on beside the scope and precondition of its question, without which it is not asked.
_STATEMENTS = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT DISTINCT ?statement ?decision ?leaf WHERE {
  ?statement a ckb:Statement ; ckb:question ?question .
  OPTIONAL { ?statement ckb:ruledOutBy ?decision }
  OPTIONAL {
    ?statement (ckb:population|ckb:exceptWhen)/ckb:operand* ?leaf .
    FILTER NOT EXISTS { ?leaf ckb:operand ?operand }
    FILTER NOT EXISTS { ?question (ckb:scope|ckb:precondition)/ckb:operand* ?leaf }
  }
} ORDER BY ?statement
"""
_CRITERIA = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?criterion ?silence WHERE {
  ?criterion a/rdfs:subClassOf* ckb:Criterion .
  OPTIONAL { ?criterion ckb:silenceMeansAbsent ?silence }
} ORDER BY ?criterion
"""
_WHY = "what no case shows may be written wrongly, and nobody would see it"


def check_coverage(knowledge: Knowledge, explanations: dict[str, dict], counts: dict[str, int]) -> list[Problem]:
    """Return each statement and criterion of which some outcome is shown by no case, though it can be.

    ``counts`` is told how many outcomes the cases show.
    """
    fates, truths = _possible_fates(knowledge), _possible_truths(knowledge)
    told, seen = defaultdict(set), defaultdict(set)
    for explanation in explanations.values():
        for answer in explanation["answers"]:
            for fate in _FATES:
                for statement in answer[fate]:
                    told[statement["id"]].add(fate)
        for criterion in truths:
            name = local_name(criterion)
            seen[name].add(explanation["criteria"].get(name, "undecided"))
    counts["outcomes that cases show"] = sum(map(len, told.values())) + sum(len(seen[local_name(c)]) for c in truths)
    return [
        *_missing(
            knowledge,
            fates,
            told,
            _FATES,
            "applies",
            "name the ckb:EditorialDecision that rules it out in ckb:ruledOutBy",
        ),
        *_missing(knowledge, truths, seen, _TRUTHS),
    ]


def _possible_fates(knowledge: Knowledge) -> dict[ox.NamedNode, set[str]]:
    """Return what can become of each statement for patients of whom its question is asked.

    One that turns on nothing else applies to all of them.
    """
    possible = {}
    for row in knowledge.select(_STATEMENTS):
        some = (
            {"doesNotApply"} if row["decision"] is not None else {*_FATES} if row["leaf"] is not None else {"applies"}
        )
        possible[row["statement"]] = possible.get(row["statement"], set()) | some
    return possible


def _possible_truths(knowledge: Knowledge) -> dict[ox.NamedNode, set[str]]:
    """Return what can come out of each criterion; where silence means absent, nothing stays unknown."""
    return {
        row["criterion"]: {*_TRUTHS} - ({"undecided"} if row["silence"] is not None else set())
        for row in knowledge.select(_CRITERIA)
    }


def _missing(knowledge, possible, shown, words: dict[str, str], main: str = "", otherwise: str = "") -> list[Problem]:
    problems = []
    for item, outcomes in possible.items():
        for outcome in (outcome for outcome in words if outcome in outcomes - shown[local_name(item)]):
            told = main in ("", outcome) or main in shown[local_name(item)]
            if not told:
                continue  # that it never applies is told already
            is_main = outcome == main
            what = f"no case shows {short(item)}" + ("" if is_main else f" when it {words[outcome]}")
            fix = f"add a case of a patient of whom it {words[outcome]}" + (f", or {otherwise}" if is_main else "")
            code = "statement-without-case" if is_main else "outcome-without-case"
            bearing = Bearing(frozenset({item.value}), doubts=frozenset())
            problems.append(knowledge.loaded.problem(item.value, what, _WHY, fix, code=code, bearing=bearing))
    return problems
