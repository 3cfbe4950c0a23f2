"""Invented patients by the thousand, made from the vocabulary alone, always the same for the same number.

Nothing clinical is written here: features, codes, units and ranges are read from the ontology. About
two dozen facts a patient, some of them unknown, some absent, some twice, dated before and after day 0.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from cartkb.knowledge import Knowledge

_FEATURES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?feature ?kind ?timeless ?code ?factor ?least ?most ?option WHERE {
  ?feature a ckb:Feature ; ckb:featureKind ?kind ; ckb:timeless ?timeless .
  OPTIONAL { ?feature ckb:allowedUnit ?unit ; ckb:minimumValue ?least ; ckb:maximumValue ?most .
    ?unit ckb:ucumCode ?code ; ckb:factorToCanonical ?factor }
  OPTIONAL { ?feature ckb:allowedValue|(ckb:allowedValueClass/^rdf:type) ?option }
} ORDER BY ?feature ?code ?option
"""
_DESCRIBED = "SELECT DISTINCT ?feature WHERE { ?product ckb:productFact/ckb:feature ?feature }"
_CUT_OFFS = (
    "SELECT ?feature ?threshold WHERE { ?criterion ckb:feature ?feature ; ckb:threshold ?threshold } ORDER BY ?feature"
)
_EXPECTED = (
    "SELECT ?feature ?value WHERE { ?criterion ckb:feature ?feature ; ckb:expectedValue ?value } "
    "ORDER BY ?feature ?value"
)
_PREFIX = "PREFIX ckb: <https://w3id.org/cartkb/vocab/>\n"
_HEAD = """@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ex: <https://example.org/generated/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_COURSE = {"leukapheresis": -40, "lymphodepletion": -5, "car-t-infusion": 0}  # structural events, in days from day 0
_ALWAYS = {*_COURSE, "diagnosis", "disease-status", "age", "car-t-product", "response"}


class Generator:
    """Makes patients from the features of a knowledge base."""

    def __init__(self, knowledge: Knowledge):
        self.features: dict[str, dict] = {}
        for row in knowledge.select(_FEATURES):
            found = self.features.setdefault(
                row["feature"].value,
                {"kind": row["kind"].value.rsplit("/", 1)[1], "timeless": row["timeless"].value == "true"}
                | {"options": [], "expected": [], "units": [], "cut-offs": []},
            )
            if row["option"] is not None and row["option"].value not in found["options"]:
                found["options"].append(row["option"].value)
            if row["code"] is not None:
                found["least"], found["most"] = Decimal(row["least"].value), Decimal(row["most"].value)
                found["units"].append((row["code"].value, Decimal(row["factor"].value)))
        for row in knowledge.select(_PREFIX + _CUT_OFFS):
            if row["feature"].value in self.features:
                self.features[row["feature"].value]["cut-offs"].append(Decimal(row["threshold"].value))
        for row in knowledge.select(_PREFIX + _EXPECTED):
            self.features[row["feature"].value]["expected"].append(row["value"].value)
        self.described = {row["feature"].value for row in knowledge.select(_PREFIX + _DESCRIBED)}

    def batch(self, first: int, count: int) -> str:
        """Return patients number ``first`` to ``first + count - 1`` as one text of Turtle."""
        return _HEAD + "\n".join(self.patient(number) for number in range(first, first + count))

    def patient(self, number: int) -> str:
        """Return one patient, without the prefixes."""
        draw = random.Random(number)
        day_0 = date(2024, 1, 1) + timedelta(draw.randrange(600))
        as_of = day_0 + timedelta(draw.choice([-2, 20, 60, 79, 80, 81, 89, 90, 91, 200]))
        facts = [
            f"ex:p{number}-{index} a ckb:Fact ; {fact} ." for index, fact in enumerate(self._facts(draw, day_0, as_of))
        ]
        listed = ", ".join(f"ex:p{number}-{index}" for index in range(len(facts)))
        return f'ex:p{number} a ckb:Patient ; ckb:asOf "{as_of}"^^xsd:date ; ckb:hasFact {listed} .\n' + "\n".join(
            facts
        )

    def _facts(self, draw: random.Random, day_0: date, as_of: date) -> Iterator[str]:
        for iri, feature in self.features.items():
            name = iri.rsplit("/", 1)[1]
            if iri in self.described or (name not in _ALWAYS and draw.random() < 0.6):
                continue  # what the product says is not said twice
            if name in _COURSE:
                yield self._fact(draw, iri, feature, "known", day_0 + timedelta(_COURSE[name]))
                continue
            last = (as_of - day_0).days + 5  # a few results come after the day for which the answer holds
            for day in draw.sample(range(-30, last), 1 if feature["timeless"] or draw.random() < 0.7 else 2):
                state = "known" if name in _ALWAYS else draw.choice(["known"] * 5 + ["absent"] * 4 + ["unknown"])
                if state == "absent" and feature["kind"] == "quantity-kind":
                    state = "known"
                yield self._fact(draw, iri, feature, state, day_0 + timedelta(day))

    @staticmethod
    def _fact(draw: random.Random, iri: str, feature: dict, state: str, day: date) -> str:
        said = f"ckb:feature <{iri}> ; ckb:state ckb:{state}"
        if state == "known" and feature["kind"] == "coded-kind":
            codes = feature["expected"] if feature["expected"] and draw.random() < 0.8 else feature["options"]
            said += f" ; ckb:value <{draw.choice(codes)}>"
        if state == "known" and feature["kind"] == "quantity-kind":
            code, factor = draw.choice(feature["units"])
            around = draw.choice(feature["cut-offs"] or [(feature["least"] + feature["most"]) / 2])
            value = min(max(around * draw.choice([0, 50, 99, 100, 101, 200]) / 100, feature["least"]), feature["most"])
            said += f' ; ckb:value {value / factor:.4f} ; ckb:unit "{code}"'
        return said if feature["timeless"] else f'{said} ; ckb:date "{day}"^^xsd:date'
