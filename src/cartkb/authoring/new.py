"""New files for authors: a skeleton of ontology/skeletons/ with the answers in it, and a gap for what is left open.

A skeleton stands below the folder in which its file will stand; its name is the kind, NAME in it the new item's name.
What has to be answered is written ``"FILL IN ..."^^ckb:gap`` in Turtle, ``# Key: FILL IN ...`` at the head of a query.
The same text asks the same question, wherever it stands. So a kind, a question or a hint is changed there alone.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cartkb.authoring.terms import Terms, WrongAnswerError
from cartkb.home import INSTALLED
from cartkb.knowledge import GAP, Knowledge
from cartkb.load import FORMATS
from cartkb.names import CKBG, local_name
from cartkb.problems import CartkbError, Problem, shown

_GAP = "https://w3id.org/cartkb/vocab/gap"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLACEHOLDER = re.compile(r"\bNAME\b")
_HEAD = re.compile(rf"^# (?:(\w+): )?{GAP}(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Gap:
    """One thing to answer: its option, what is asked, and the property that it is the value of ("" in a query)."""

    option: str
    asked: str
    predicate: str = ""


@dataclass(frozen=True)
class Skeleton:
    """What a new file of a kind begins as. ``folder`` is where the file goes, relative to the home."""

    kind: str
    path: Path
    folder: Path
    text: str
    gaps: tuple[Gap, ...]

    @property
    def is_query(self) -> bool:
        """Whether the file is a query and no Turtle."""
        return self.path.suffix == ".rq"


def read_skeletons(knowledge: Knowledge) -> dict[str, Skeleton]:
    """Return the skeletons by kind, in the order of their names.

    Raises CartkbError where there is none, or where one is not Turtle.
    """
    top = knowledge.ontology_folder / "skeletons"
    files = sorted((p for p in top.rglob("*") if p.suffix in (".ttl", ".rq")), key=lambda path: path.stem)
    if not files:
        raise CartkbError([Problem(shown(top), 0, "no skeletons", fix="put a file there for each kind of new file")])
    return {path.stem: _read(path, path.relative_to(top).parent) for path in files}


def _read(path: Path, folder: Path) -> Skeleton:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rq":
        gaps = tuple(Gap((key or path.stem).lower(), asked) for key, asked in _HEAD.findall(text))
    else:
        gaps = _turtle_gaps(path, text)
    return Skeleton(path.stem, path, folder, text, gaps)


def _turtle_gaps(path: Path, text: str) -> tuple[Gap, ...]:
    """Return the gaps of a skeleton in order; an option is named after its property, if need be after its subject."""
    try:
        triples = [quad.triple for quad in ox.parse(text, format=FORMATS[".ttl"])]
    except SyntaxError as error:
        raise CartkbError([Problem(shown(path), error.lineno or 0, f"syntax error: {error.msg}")]) from None
    asked = {}
    for subject, predicate, value in triples:
        if isinstance(value, ox.Literal) and value.datatype.value == _GAP:
            asked.setdefault(value.value, (subject.value.removeprefix(CKBG + "NAME").strip("-"), predicate))
    words = {text: re.sub(r"([A-Z])", r"-\1", local_name(predicate)).lower() for text, (_, predicate) in asked.items()}
    often = Counter(words.values())
    gaps = []
    for text, (part, predicate) in asked.items():
        option = f"{part}-{words[text]}" if part and often[words[text]] > 1 else words[text]
        gaps.append(Gap(option, text.removeprefix(GAP), predicate.value))
    return tuple(gaps)


def check_name(skeleton: Skeleton, name: str, knowledge: Knowledge, terms: Terms) -> None:
    """Raise WrongAnswerError for a name that is no name or is taken, and CartkbError where nothing may be written."""
    if knowledge.home == INSTALLED:
        fix = "go to your working copy, or name it: cartkb --home FOLDER new ..."
        what = "the knowledge base that was installed with the program is not for editing"
        raise CartkbError([Problem(shown(knowledge.home), 0, what, fix=fix)])
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        hint = f", for example {near}" if near else ""
        raise WrongAnswerError(f"'{name}' is no name: write small letters and digits with hyphens between{hint}")
    taken = _file(skeleton, name, knowledge).exists() or bool(_numbered(skeleton, name, knowledge))
    if taken or (not skeleton.is_query and name in terms.items()):
        raise WrongAnswerError(f"'{name}' is taken: names are for ever, so choose another or edit that one")


def fill(skeleton: Skeleton, name: str, answers: dict[str, list[str]], terms: Terms) -> tuple[str, int]:
    """Return the text of a new file and how many gaps it still has. ``answers`` are by option.

    Raises WrongAnswerError where an answer cannot stand, or where the head of a query is not answered.
    """
    text = skeleton.text
    for gap in skeleton.gaps:
        given = [answer for answer in answers.get(gap.option, []) if answer.strip()]
        if skeleton.is_query:
            if not given:
                raise WrongAnswerError(f"--{gap.option} is needed, since a query without its words helps nobody")
            text = text.replace(GAP + gap.asked, " ".join(" ".join(given).split()))
        elif given:
            text = text.replace(f'"{GAP}{gap.asked}"^^ckb:gap', answered(gap, given, terms))
    open_gaps = text.count(GAP)
    return _PLACEHOLDER.sub(name, text), open_gaps


def answered(gap: Gap, given: list[str], terms: Terms) -> str:
    """Return the Turtle of what was answered. Raises WrongAnswerError, naming the option."""
    try:
        return terms.written(gap.predicate, given)
    except WrongAnswerError as error:
        raise WrongAnswerError(f"--{gap.option}: {error}") from None


def write(skeleton: Skeleton, name: str, text: str, knowledge: Knowledge) -> Path:
    """Write a new file and return its path. Raises CartkbError where it cannot be written; nothing is written over."""
    path = _file(skeleton, name, knowledge)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CartkbError([Problem(shown(path), 0, f"cannot be written: {error.strerror}")]) from None
    return path


def _numbers(skeleton: Skeleton, knowledge: Knowledge) -> list[Path]:
    return sorted((knowledge.home / skeleton.folder).glob("[0-9]*-*" + skeleton.path.suffix))


def _numbered(skeleton: Skeleton, name: str, knowledge: Knowledge) -> list[Path]:
    return [path for path in _numbers(skeleton, knowledge) if path.stem.partition("-")[2] == name]


def _file(skeleton: Skeleton, name: str, knowledge: Knowledge) -> Path:
    """Return where the file goes; where the files of the folder are numbered, it gets the next number."""
    numbers = [int(path.stem.partition("-")[0]) for path in _numbers(skeleton, knowledge)]
    stem = f"{max(numbers) + 1:02}-{name}" if numbers else name
    return knowledge.home / skeleton.folder / f"{stem}{skeleton.path.suffix}"
