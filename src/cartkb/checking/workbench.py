"""A knowledge base that is being worked on: read once, and after that only what has changed."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from cartkb.checking.check import Checked, check
from cartkb.checking.checks import Asked
from cartkb.checking.reading import read_as_far_as_possible, readable
from cartkb.dependence import Words, changed_words, together
from cartkb.knowledge import Knowledge
from cartkb.problems import Problem


class Workbench:
    """The knowledge base of a folder, as far as it can be read, with what was wrong with each file."""

    def __init__(self, home: Path):
        self.knowledge, problems = readable(Knowledge(home))
        self._unreadable: dict[Path, list[Problem]] = {}
        self._asked: Asked | None = None
        self._changed: Words = frozenset()  # since it was last checked
        if problems:
            for path in self.knowledge.files():
                self._remember(path, read_as_far_as_possible(path)[1])

    @property
    def unreadable(self) -> list[Problem]:
        """What could not be read when it was last looked at."""
        return [problem for problems in self._unreadable.values() for problem in problems]

    def refresh(self, changed: Iterable[Path]) -> None:
        """Read some files again, those that are gone included. Files that are none of the knowledge base do no harm."""
        files, current = {}, set(self.knowledge.files())
        for path in changed:
            if path in current:
                files[path], problems = read_as_far_as_possible(path)
                self._remember(path, problems)
            elif path in self.knowledge.loaded.files:
                files[path] = None
                self._remember(path, [])
        for path, triples in files.items():
            words = changed_words(self.knowledge.loaded.files.get(path, ()), triples or ())
            self._changed = together(self._changed, words)
        self.knowledge = self.knowledge.with_files(files)

    def check(
        self, progress: Callable[[str], None] = lambda step: None, *, fast: bool = False, only: Collection[Path] = ()
    ) -> Checked:
        """Check the knowledge base as it was last read."""
        self._asked = Asked(self.knowledge, self._asked, self._changed)
        self._changed = frozenset()
        return check(self.knowledge, progress, fast=fast, only=only, unreadable=self.unreadable, asked=self._asked)

    def _remember(self, path: Path, problems: list[Problem]) -> None:
        self._unreadable.pop(path, None)
        if problems:
            self._unreadable[path] = problems
