"""Strong Kleene logic over ``True``, ``False`` and ``None`` for unknown."""

from collections.abc import Iterable

Truth = bool | None


def any_of(truths: Iterable[Truth], needed: int = 1) -> Truth:
    """Return whether at least ``needed`` of some truths are true."""
    values = list(truths)
    if values.count(True) >= needed:
        return True
    return False if len(values) - values.count(False) < needed else None


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return whether all of some truths are true."""
    values = list(truths)
    return any_of(values, len(values))


def opposite(truth: Truth) -> Truth:
    """Return the negation; unknown stays unknown."""
    return None if truth is None else not truth


def agreed(truths: Iterable[Truth]) -> Truth:
    """Return what records of one day say together: nothing where they contradict each other."""
    decided = {truth for truth in truths if truth is not None}
    return decided.pop() if len(decided) == 1 else None
