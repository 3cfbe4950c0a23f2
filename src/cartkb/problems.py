"""What is wrong, where, why it matters and what to do: the one shape of every complaint."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """One complaint. ``line`` counts from 1; 0 means that the whole file is meant."""

    file: str
    line: int
    what: str
    why: str = ""
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        more = [f"\n    {name}: {text}" for name, text in (("why", self.why), ("fix", self.fix)) if text]
        return f"{place}: {self.what}{''.join(more)}"


class CartkbError(Exception):
    """Input that cannot be used, with every problem found in it."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(path: Path) -> str:
    """Return a path as people type it: relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
