"""Plant the examples of complaints in a copy of the knowledge base, many at once, and hear what the check says."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cartkb.checking.check import Checked
from cartkb.checking.complaints import Complaint
from cartkb.checking.workbench import Workbench
from conftest import HOME, PARTS

_READING, _IN_VAIN = "Reading", "discrepancy-in-vain"


@dataclass(frozen=True)
class Planted:
    """Where an example went: its lines in the file, and the line at which its item begins (0 without one)."""

    example: Complaint
    file: str
    lines: range
    item_line: int

    def is_at(self, file: str, line: int) -> bool:
        """Say whether a line is one of the example, or the first of its item, or none since the whole file is meant."""
        return file.endswith(self.file) and (line in self.lines or line in (self.item_line, 0))


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
        item_at, at = _item(text, example.item), _place(text, example)
        _write(path, text[:at] + example.wrong + text[at + len(example.right) :])
        first = text[:at].count("\n") + (1 if example.right else 0)  # what is put at the end begins after the last line
        # what is left out is missed where it stood, or at the item
        lines = range(first, first + max(example.wrong.count("\n"), 1) + 1)
        if not example.item:
            item_at = max([0, *(found.start() for found in re.finditer(r"^[^\s#@]", text[:at], re.MULTILINE))])
        return Planted(example, example.file, lines, text[:item_at].count("\n") + 1)

    def check_with(self, examples: list[Complaint], everything: bool) -> tuple[Checked, list[Planted]]:
        """Check the copy with some examples in it, and take them out again."""
        paths = sorted({self.home / example.file for example in examples})
        before = {path: _read(path) if path.exists() else None for path in paths}
        # from above to below, so that what is planted later moves nothing that is planted already
        in_order = sorted(examples, key=lambda example: _place(_read(self.home / example.file), example))
        planted = [self.plant(example) for example in in_order]
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


def _place(text: str, example: Complaint) -> int:
    return text.index(example.right, _item(text, example.item)) if example.right else len(text)


def _bear_on_each_other(one: Complaint, other: Complaint) -> bool:
    """Say whether two examples are better not planted together.

    They bear on each other when they are of one item. What cannot be read leaves in doubt whatever it names, and as
    long as any figure is wrong, nobody knows what a discrepancy explains.
    """
    if (one.step == _READING) is not (other.step == _READING) or _IN_VAIN in (one.code, other.code):
        return True
    return one.file == other.file and (one.item == other.item or not (one.item and other.item))


def batches(examples: list[Complaint]) -> Iterator[list[Complaint]]:
    """Yield the examples in few groups, in none of which two bear on each other."""
    groups: list[list[Complaint]] = []
    for example in examples:
        group = next((g for g in groups if not any(_bear_on_each_other(example, other) for other in g)), None)
        if group is None:
            groups.append(group := [])
        group.append(example)
    yield from groups
