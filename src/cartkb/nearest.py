"""Did you mean: the names that are most like one that is not there."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that are most like a name, the most like first; capitals count little.

    >>> nearest("treshold", ["threshold", "unit", "thresholdOf"])
    ['threshold', 'thresholdOf']
    >>> nearest("Trail", ["trail", "Trial", "Statement"], 1)
    ['trail']
    """
    by_lower: dict[str, list[str]] = {}
    for each in sorted(known):
        by_lower.setdefault(each.lower(), []).append(each)
    found = difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.7)
    return [each for lower in found for each in by_lower[lower]][:count]


def did_you_mean(near: Iterable[str]) -> str:
    """Return the question, or an empty text where nothing is near.

    >>> did_you_mean(["a"]), did_you_mean(["a", "b", "c"]), did_you_mean([])
    ('did you mean a?', 'did you mean a, b or c?', '')
    """
    *first, last = [*near] or [""]
    return f"did you mean {', '.join(first)}{' or ' if first else ''}{last}?" if last else ""
