"""What a save brings about: the files that changed are read again, checked, and the pages drawn anew on demand.

The rules are asked again, by another process, only when something that they read has changed; until they have
answered, pages show the answers from before.
"""

import contextlib
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox

from cartkb.checking.workbench import Workbench
from cartkb.dependence import Words, changed_words, together
from cartkb.knowledge import Knowledge
from cartkb.problems import CartkbError, Problem
from cartkb.site.aside import Beside
from cartkb.site.reasoned import Reasoned, reason_over_cases
from cartkb.watching.folder import Folder
from cartkb.watching.site import LiveSite

_PARTS = ("ontology", "guideline", "site_templates")


class Watch:
    """A folder that is being worked on. ``token`` changes whenever a page may look different."""

    def __init__(self, home: Path):
        self.home = home
        self.token = 0
        self.problems: list[Problem] = []
        self.following = 0
        self._folder = Folder(*(home / part for part in _PARTS))
        self._bench = Workbench(home)
        self._shown = Knowledge(home)  # has a store of its own, with the answers in it, which no check may see
        self._shown.loaded = self._bench.knowledge.loaded
        self._reasoned = Reasoned(b"", {})
        self._answers: list[ox.Quad] = []
        self._site: LiveSite | None = None
        self._before: LiveSite | None = None  # an earlier site
        self._same_templates = True  # as when it was made
        self._changed: Words = frozenset()  # by which properties something else is said or answered since then
        self._looked_at = ""  # the page that was asked for last
        self._drawing = threading.Lock()
        self._beside, self._waiter = Beside(), ThreadPoolExecutor(max_workers=1)
        self._asked: Future[Reasoned] | None = None
        self._to_ask = False  # something that the rules read has changed
        self._ask_again = False  # the same, while they are being asked
        self._ask_rules()

    @property
    def is_reasoning(self) -> bool:
        """Whether the rules are to be asked, or have been asked and have not answered yet."""
        return self._to_ask or self._asked is not None

    def look(self) -> list[Path]:
        """Read what has changed since the last look, and return it. Pages are then as the files are.

        The page that was asked for last is drawn at once, before anything is checked, as its author waits for it.
        """
        changed = self._folder.changed()
        if changed:
            self._bench.refresh(changed)
            known = self._bench.knowledge.loaded.files
            with self._drawing:
                there = self._shown.loaded.files
                read = {path: known.get(path) for path in changed if path in known or path in there}
                for path, triples in read.items():
                    self._changed = together(self._changed, changed_words(there.get(path, ()), triples or ()))
                self._shown = self._shown.with_files(read)
                if any(self.home / "site_templates" in path.parents for path in changed):
                    self._same_templates = False
                self._site = None
            with contextlib.suppress(CartkbError):  # told on the page, when it is asked for
                self.page(self._looked_at)
            self.token += 1
            if any(map(self._is_read_by_rules, changed)):
                self._to_ask = True
        return changed

    def check(self) -> list[Problem]:
        """Check the knowledge base as it was last read, without what takes long, and return what is wrong."""
        done = self._bench.check(fast=True)
        if done.problems != self.problems:
            self.token += 1
        self.problems, self.following = done.problems, len(done.following)
        self._ask_rules_again()  # not before, as the author waits for the check
        return done.problems

    def take_answers(self, wait: bool = False) -> bool:
        """Show the answers of the rules, if they have come or are waited for; say whether they are new."""
        self._ask_rules_again()
        if self._asked is None or not (wait or self._asked.done()):
            return False
        asked, self._asked = self._asked, None
        try:
            reasoned = asked.result()
        except CartkbError:  # what they read cannot be read; the check tells of it
            reasoned = None
        if self._ask_again:
            self._ask_rules()
        if reasoned is None:
            return False
        with self._drawing:
            answers = reasoned.quads()
            words = changed_words(*({quad.triple for quad in quads} for quads in (self._answers, answers)))
            self._changed = together(self._changed, words)
            for graph in {quad.graph_name for quad in (*self._answers, *answers)}:
                self._shown.store.remove_graph(graph)
            self._shown.store.extend(answers)
            self._answers, self._reasoned, self._site = answers, reasoned, None
        self.token += 1
        return True

    def page(self, address: str) -> str | None:
        """Return the HTML of a page as it is now, or None where there is none. Raises CartkbError."""
        with self._drawing:
            self._looked_at = address
            return self._current().page(address)

    def beside(self, address: str) -> tuple[str, str] | None:
        """Return media type and text of a page's part of the graph, or None. Raises CartkbError."""
        with self._drawing:
            return self._current().beside(address)

    def close(self) -> None:
        """End what is still being worked out."""
        self._beside.close()
        self._waiter.shutdown(wait=False, cancel_futures=True)

    def _current(self) -> LiveSite:
        if self._site is None:
            site = LiveSite(self._shown, self._reasoned, self._before, self._changed, self._same_templates)
            self._before = self._site = site
            self._changed, self._same_templates = frozenset(), True
        return self._site

    def _ask_rules_again(self) -> None:
        if self._to_ask:
            self._to_ask = False
            self._ask_rules()

    def _ask_rules(self) -> None:
        self._ask_again = self._asked is not None
        if not self._ask_again:
            self._asked = self._waiter.submit(self._beside.do(reason_over_cases, self.home))

    def _is_read_by_rules(self, path: Path) -> bool:
        parts = path.relative_to(self.home).parts
        if path.suffix == ".rq":
            return parts[:2] == ("ontology", "rules")
        is_data = parts[0] in _PARTS[:2] and path.suffix == ".ttl"
        return is_data and ("cases" in parts or self._shown.is_operative(path))


def as_text(changed: Iterable[Path], problems: list[Problem], following: int) -> str:
    """Return what a terminal shows after a save."""
    names = ", ".join(path.name for path in changed)
    if not problems:
        return f"{names}: all well"
    more = f"; {following} more may only follow" if following else ""
    told = "\n".join(str(problem) for problem in problems)
    return f"{told}\n{names}: {len(problems)} problem{'s' if len(problems) != 1 else ''}{more}"
