"""Values that are not what their datatype says, or that a program would write down otherwise than the author did."""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from cartkb.loaded import Loaded
from cartkb.names import short
from cartkb.problems import Problem
from cartkb.shacl.literals import WRITTEN, XSD

_INEXACT = {f"{XSD}double", f"{XSD}float"}
_NUMBERS = {f"{XSD}integer", f"{XSD}decimal"}
_FIX = {
    f"{XSD}date": 'write a day that exists as "2026-01-31"^^xsd:date',
    f"{XSD}boolean": "write true or false, without quotes",
    f"{XSD}integer": "write the whole number without quotes, for example 12",
    f"{XSD}decimal": "write the number without quotes, with a point, for example 12.5",
}
_UNUSUAL = re.compile(r"\+.*|-?0[0-9].*|-?\..*|.*\.")


def check_values(loaded: Loaded) -> Iterator[Problem]:
    """Yield a problem for each value that is none of its datatype, is no exact number, or is written in an unusual
    way.
    """
    texts = (node for node in loaded.objects if isinstance(node, ox.Literal) and not node.language)
    wrong = {node: told for node in texts if (told := _wrong(node.value, node.datatype.value))}
    for triple in loaded.triples() if wrong else ():
        if triple.object in wrong:
            code, what, why, fix = wrong[triple.object]
            predicate, value = triple.predicate.value, triple.object.value
            what = f"{short(triple.predicate)}: {what}"
            yield loaded.problem(triple.subject.value, what, why, fix, predicate, value=value, code=code)


def _wrong(text: str, datatype: str) -> tuple[str, str, str, str] | None:
    """Return code, what, why and fix, or None for a value that is as it should be."""
    name = short(ox.NamedNode(datatype))
    if datatype in _INEXACT:
        why = "such numbers are rounded when they are stored, and 12.5 may no longer be at most 12.5"
        return "inexact-number", f"{text} is a number with an exponent", why, "write it out, for example 1000 or 0.5"
    if datatype in WRITTEN and not WRITTEN[datatype](text):
        why = "it is no value at all, so every comparison with it fails without a word"
        return "no-such-value", f'"{text}" is no {name}', why, _FIX.get(datatype, "correct it")
    if datatype in _NUMBERS and _UNUSUAL.fullmatch(text):
        why = "programs write it down in another way, so that it seems to have changed"
        return (
            "unusual-number",
            f"{text} is written in an unusual way",
            why,
            "leave out what it does not need: + and 0 in front",
        )
    return None
