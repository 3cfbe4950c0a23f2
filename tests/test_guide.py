"""The papers for authors: every command is run, every change made and every answer compared, in a copy."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cartkb.logic import owl
from conftest import HOME, PARTS

GUIDE = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAPERS = {paper.partition("\n")[0]: paper for paper in re.split(r"^## ", GUIDE, flags=re.MULTILINE)[1:]}
FINDING = ("cartkb check", "cartkb verify")  # they exit with 1 where they find what they are to find
EXERCISE = [title for title, paper in PAPERS.items() if BLOCK.search(paper)]


@dataclass
class Place:
    """The copy in which the exercise is done."""

    folder: Path

    def carry_out(self, kind: str, text: str) -> None:
        {"console": self.run, "diff": self.change}[kind](text)

    def run(self, text: str) -> None:
        """Run the commands of a block, each after ``$``, and look for the answers that the block shows below it."""
        program = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, shown = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL).groups()
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=os.environ | {"PATH": program},
                capture_output=True,
                text=True,
            )
            printed = done.stdout + done.stderr
            assert "Traceback" not in printed
            assert done.returncode == 0 or command in FINDING, f"$ {command}\n{printed}"
            lines = iter(printed.splitlines())
            for wanted in shown.splitlines():
                pattern = ".*".join(re.escape(piece) for piece in wanted.strip().split("..."))
                said = any(re.fullmatch(pattern, line.strip()) for line in lines)
                assert said or wanted == "...", f"$ {command}\ndoes not answer: {wanted}\nbut:\n{printed}"

    def change(self, text: str) -> None:
        """Take the lines with ``-`` out of the file that a block names, and put those with ``+`` in their place."""
        head, _, changes = text.partition("\n")
        path = self.folder / head.removeprefix("--- ")
        written = path.read_text(encoding="utf-8") if path.exists() else ""
        for old, new in re.findall(r"((?:^-.*\n)*)((?:^\+.*\n)+)", changes, re.MULTILINE):
            old, new = (re.sub(r"^[-+]", "", lines, flags=re.MULTILINE) for lines in (old, new))
            assert not old or written.count(old) == 1, f"{path} has not once:\n{old}"
            written = written.replace(old, new) if old else written + new
        path.write_text(written, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    """A copy of the knowledge base."""
    home = tmp_path_factory.mktemp("guide") / "copy"
    for part in PARTS:
        shutil.copytree(HOME / part, home / part)
    return Place(home)


@pytest.mark.parametrize("title", EXERCISE)
def test_the_exercise_of_each_paper_ends_as_it_says(place, title):
    if title == "Release" and not owl.java():
        pytest.skip("a release is refused where the logic cannot be checked, for want of Java")
    for kind, text in BLOCK.findall(PAPERS[title]):
        place.carry_out(kind, text)


def test_five_figures_stand_on_the_page_of_the_added_trial(place):
    page = (place.folder / "../site/trials/invented-trial.html").read_text(encoding="utf-8")
    for figure in ("24 of 26", "20 of 24", "11 of 20", "2 of 11", "5 of 9"):
        assert figure in page


def test_the_guide_has_the_papers_that_an_author_needs():
    assert len(BLOCK.findall(GUIDE)) > 10
    titles = " ".join(EXERCISE)
    for needed in ("complaint", "cut-off", "query", "trial", "statement", "cases", "Sign", "Release"):
        assert needed in titles
    assert GUIDE.count("```") == 2 * len(BLOCK.findall(GUIDE))
