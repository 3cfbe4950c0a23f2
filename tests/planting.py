"""Plant the examples of complaints in a copy of the knowledge base, many at once, and hear what the check says."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import HOME, PARTS

from cartkb.check import Checked
from cartkb.complaints import Complaint
from cartkb.workbench import Workbench


@dataclass(frozen=True)
class Planted:
    """Where an example went: its lines in the file, and the line at which its item begins (0 without one)."""

    code: str
    file: str
    lines: range
    item_line: int

    def is_at(self, line: int) -> bool:
        """Say whether a line is one of the example, or the first of its item, or none since the whole file is meant."""
        return line in self.lines or line in (self.item_line, 0)


class Field:
    """A copy that is read once; what is planted in it can be taken out again."""

    def __init__(self, folder: Path):
        self.home = folder / "copy"
        for part in PARTS:
            shutil.copytree(HOME / part, self.home / part)
        self.bench = Workbench(self.home)

    def plant(self, example: Complaint) -> Planted:
        """Put the wrong text of an example in the place of the right one."""
        path = self.home / example.file
        text = _read(path)
        item_at = _item(text, example.item)
        at = text.index(example.right, item_at) if example.right else len(text)
        _write(path, text[:at] + example.wrong + text[at + len(example.right) :])
        first = text[:at].count("\n") + 1
        # what is left out is missed where it stood, or at the item
        lines = range(first, first + max(example.wrong.count("\n"), 1) + 1)
        if not example.item:
            item_at = text.rfind("\nckbg:", 0, at) + 1
        return Planted(example.code, example.file, lines, text[:item_at].count("\n") + 1)

    def check_with(self, examples: list[Complaint], everything: bool) -> tuple[Checked, list[Planted]]:
        """Check the copy with some examples in it, each of another file, and take them out again."""
        paths = [self.home / example.file for example in examples]
        assert len(set(paths)) == len(paths)
        before = {path: _read(path) if path.exists() else None for path in paths}
        planted = [self.plant(example) for example in examples]
        try:
            self.bench.refresh(paths)
            return self.bench.check(only=() if everything else [self.home]), planted
        finally:
            for path, text in before.items():
                if text is None:
                    path.unlink()
                else:
                    _write(path, text)
            self.bench.refresh(paths)


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def _item(text: str, item: str) -> int:
    found = re.search(rf"^ckbg:{re.escape(item)}(?=\s)", text, re.MULTILINE) if item else None
    return found.start() if found else 0


def batches(examples: list[Complaint]) -> Iterator[list[Complaint]]:
    """Yield the examples in as few groups as it takes for no two of a group to be in one file."""
    groups: list[list[Complaint]] = []
    for example in examples:
        group = next((g for g in groups if all(example.file != other.file for other in g)), None)
        if group is None:
            groups.append(group := [])
        group.append(example)
    yield from groups
