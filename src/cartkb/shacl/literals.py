"""Which texts are values of a datatype, and which of two values comes first."""

import re
from datetime import date
from decimal import Decimal

import pyoxigraph as ox

from cartkb.shacl.graph import Term

XSD = "http://www.w3.org/2001/XMLSchema#"


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


WRITTEN = {  # datatype -> whether a text is one of its values
    f"{XSD}string": lambda text: True,
    f"{XSD}anyURI": lambda text: True,
    f"{XSD}boolean": re.compile(r"true|false|0|1").fullmatch,
    f"{XSD}integer": re.compile(r"[+-]?[0-9]+").fullmatch,
    f"{XSD}decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)").fullmatch,
    f"{XSD}date": _is_date,
}
_ORDER = {  # datatype -> how its values are compared
    f"{XSD}string": str,
    f"{XSD}integer": Decimal,
    f"{XSD}decimal": Decimal,
    f"{XSD}date": date.fromisoformat,
}


def _comparable(value: Term) -> tuple[object, object]:
    """Return what a value is compared among, and what it is there. Raises ValueError for the others."""
    datatype = value.datatype.value if isinstance(value, ox.Literal) else ""
    if datatype not in _ORDER or not WRITTEN[datatype](value.value):
        raise ValueError(f"{value} is not compared")
    return _ORDER[datatype], _ORDER[datatype](value.value)


def is_ordered(first: Term, second: Term, allow_equal: bool) -> bool:
    """Say whether one value comes before another."""
    try:
        (kind, left), (other_kind, right) = _comparable(first), _comparable(second)
    except ValueError:
        return False
    return kind == other_kind and (left < right or (allow_equal and left == right))
