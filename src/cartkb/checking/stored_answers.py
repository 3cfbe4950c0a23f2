"""The competency questions, each held against the answer that is stored beside it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from cartkb.dependence import words_of
from cartkb.knowledge import Knowledge
from cartkb.problems import CartkbError, Problem, shown
from cartkb.queries import run_query


def check_questions(knowledge: Knowledge) -> Iterator[tuple[frozenset[str], list[Problem]]]:
    """Yield for each question what it reads, and what is wrong with it or its answer."""
    folder = knowledge.ontology_folder / "questions"
    files = knowledge.queries("questions")
    if not files:
        why, fix = "nobody could say what the knowledge base is for", "begin one with cartkb new question"
        yield frozenset(), [Problem(shown(folder), 0, "no competency questions", why, fix, code="no-questions")]
    for path in files:
        yield words_of(path.read_text(encoding="utf-8")), list(_check(knowledge, path))


def _check(knowledge: Knowledge, path: Path) -> Iterator[Problem]:
    answer, store = (
        path.with_suffix(".csv"),
        f"cartkb query {path.stem} --format csv > {shown(path.with_suffix('.csv'))}",
    )
    try:
        names, rows = run_query(knowledge, path)
    except CartkbError as error:
        yield from error.problems
        return
    if not rows:
        why = "a question without an answer would go on passing, whatever is lost"
        yield Problem(
            shown(path), 0, "the question has no answer", why, "mend the query", code="question-without-answer"
        )
    elif not answer.is_file():
        why, fix = "without it the answer may change unseen", f"look at the answer and store it: {store}"
        yield Problem(shown(path), 0, "no answer is stored beside the question", why, fix, code="answer-not-stored")
    else:
        yield from _differences(answer, names, rows, f"if the new answer is right: {store}")


def _differences(answer: Path, names: list[str], rows: list[list[str]], fix: str) -> Iterator[Problem]:
    """Yield one problem, at the first row that differs."""
    expected = list(csv.reader(io.StringIO(answer.read_text(encoding="utf-8"))))
    now = [names, *rows]
    if expected == now:
        return
    gone, new = ([row for row in rows if row not in others] for rows, others in ((expected, now), (now, expected)))
    first = next((n for n, (old, row) in enumerate(zip(expected, now, strict=False)) if old != row), len(expected))
    if gone or new:
        line = (expected.index(gone[0]) if gone else min(now.index(new[0]), len(expected) - 1)) + 1
        told = [", ".join(rows[0]) if rows else "nothing more" for rows in (gone, new)]
        more = f", and {max(len(gone), len(new)) - 1} more rows" if max(len(gone), len(new)) > 1 else ""
        what = f"expected {told[0]}; now {told[1]}{more}"
    else:
        line, what = min(first, len(expected) - 1) + 1, "the rows are the same, in another order or number"
    why = "the stored answer and what the knowledge base answers now differ"
    yield Problem(shown(answer), line, what, why, fix, code="answer-differs")
