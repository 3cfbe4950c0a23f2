"""Which queries may answer otherwise after a change, so that after a save only those are asked again."""

import re
from collections.abc import Collection, Iterable

import pyoxigraph as ox

from cartkb.names import PREFIXES, RDF_TYPE, ckb
from cartkb.problems import ANYTHING

_WORKED_OUT = ckb("signatureState").value  # whether a signature holds follows from all that is said of its item
_COMMENT = re.compile(r"#[^\n<>]*$", re.MULTILINE)
_HEADS = re.compile(r"\bSELECT\b[^{]*|\b(?:GROUP|ORDER) BY\b[^{}]*|\bVALUES\s*\([^)]*\)")
_VARIABLE_PREDICATE = re.compile(r"\?\w+\s+\?(\w+)|;\s*\?(\w+)|(?:[\w-]*:[\w-]+|>)\s+\?(\w+)\s+(?:[\w-]*:|[?<\"\d])")
_ANY_OTHER = re.compile(r"!\s*(?:\(\s*)?\^?(?:\w*:\w|<)")  # every property but some

Words = frozenset[str] | None  # IRIs of properties, or ANYTHING


def words_of(text: str) -> frozenset[str]:
    """Return the words that a query names by the usual prefixes, with rdf:type, as IRIs."""
    names = re.findall(r"\b(\w+):([A-Za-z][\w-]*)", text)
    return frozenset({RDF_TYPE.value, *(PREFIXES[prefix] + name for prefix, name in names if prefix in PREFIXES)})


def changed_words(before: Iterable[ox.Triple], now: Iterable[ox.Triple]) -> Words:
    """Return the properties by which what is said now differs from what was said before.

    Where it is also said of other things what they are, a query may differ that names none of these properties.
    """
    words = {triple.predicate.value for triple in set(before) ^ set(now)}
    return ANYTHING if RDF_TYPE.value in words else frozenset(words)


def together(one: Words, other: Words) -> Words:
    """Return the words of two changes."""
    return ANYTHING if one is ANYTHING or other is ANYTHING else one | other


def may_differ(query: str, changed: Words) -> bool:
    """Say whether a query may answer otherwise once what is said by some properties has changed."""
    if changed is ANYTHING:
        return True
    if not changed:
        return False
    body = _HEADS.sub(" ", _COMMENT.sub("", query))
    if _ANY_OTHER.search(body) or _asks_for_any(body):
        return True
    names = {*words_of(query), *re.findall(r"<([^<>\s]*)>", query)}
    return not names.isdisjoint({*changed, _WORKED_OUT})


def _asks_for_any(body: str) -> bool:
    """Say whether a property of a query is a variable, and not one that VALUES names."""
    found = {name for match in _VARIABLE_PREDICATE.finditer(body) for name in match.groups() if name}
    return not found <= _given(body)


def _given(body: str) -> Collection[str]:
    return set(re.findall(r"\bVALUES\s+\?(\w+)", body))
