"""What is wrong, where, why it matters and what to do: the one shape of every complaint."""

import functools
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Self

_SHOWN = 5  # further places that a complaint names
ANYTHING = None  # where a set of names is asked for: no name is left out


@dataclass(frozen=True)
class Bearing:
    """What a complaint bears on, by IRIs, so that one that only follows from another mistake is not told as well.

    ``about`` are the things at fault, ``names`` whatever else it mentions. It is concluded from the properties and
    classes that it ``reads``, and as long as it stands, those that it ``doubts`` are not to be relied on where they
    are said of the things at fault. ``touches`` are things that may seem missing or unused because of it.
    """

    about: frozenset[str] = frozenset()
    names: frozenset[str] | None = frozenset()
    reads: frozenset[str] | None = ANYTHING
    doubts: frozenset[str] | None = ANYTHING
    touches: frozenset[str] = frozenset()

    def __or__(self, other: Self) -> Self:
        """Return what either bears on."""
        mine, others = astuple(self), astuple(other)
        return Bearing(*(None if None in (a, b) else a | b for a, b in zip(mine, others, strict=True)))


@dataclass(frozen=True, order=True)
class Problem:
    """One complaint. ``line`` and ``column`` count from 1; 0 means that the whole file, or the whole line, is meant.

    ``code`` is the name of its kind, which ``cartkb explain`` explains.
    """

    file: str
    line: int
    column: int = field(default=0, kw_only=True)
    what: str
    why: str = ""
    fix: str = ""
    code: str = field(default="", kw_only=True)
    bearing: Bearing = field(default=Bearing(), kw_only=True, compare=False, repr=False)

    @property
    def place(self) -> str:
        """The file, and line and column as far as they are known, as compilers write them."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])

    def __str__(self) -> str:
        more = [f"\n    {name}: {text}" for name, text in (("why", self.why), ("fix", self.fix)) if text]
        return f"{self.place}: {self.what}{f' [{self.code}]' if self.code else ''}{''.join(more)}"


class CartkbError(Exception):
    """Input that cannot be used, with every problem found in it."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def in_one(problems: Iterable[Problem]) -> Problem:
    """Return the first of some problems that have one cause, which tells where the others are."""
    first, *others = sorted(problems)
    places = [place for place in dict.fromkeys(problem.place for problem in others) if place != first.place]
    if not places:
        return first
    more = f", and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    what = f"{first.what} (also in {', '.join(places[:_SHOWN])}{more})"
    bearings = [problem.bearing for problem in (first, *others)]
    return replace(first, what=what, bearing=functools.reduce(Bearing.__or__, bearings))


def shown(path: Path) -> str:
    """Return a path as people type it: relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
