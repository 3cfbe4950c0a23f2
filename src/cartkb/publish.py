"""Publishing a version: only where nothing is wrong, nothing was left unchecked, and the release says what it is."""

from collections.abc import Callable
from pathlib import Path

from cartkb import fingerprint
from cartkb.check import check
from cartkb.exports import write_dump
from cartkb.folders import replaced
from cartkb.knowledge import Knowledge
from cartkb.load import ckb
from cartkb.problems import CartkbError, Problem
from cartkb.release import Since, lines_to_publish, needed, since

_MARKER = ".cartkb-dump"


def publish(
    knowledge: Knowledge, out: Path, draft: bool = False, progress: Callable[[str], None] = lambda step: None
) -> list[str]:
    """Write the dump of the newest version into ``out`` and return the names of its files.

    ``draft`` lets a version in preparation pass, and its description says that it is one. Raises CartkbError,
    leaving ``out`` as it was, where a check finds anything or cannot be made here, the release is not described
    as published, or what it was published with has changed since.
    """
    done = check(knowledge, progress)
    fix = "install what it names, for a release rests on every check"
    unchecked = [note for note in done.notes if note.startswith("not checked here")]
    problems = [*done.problems, *(Problem("cartkb check", 0, note, fix=fix) for note in unchecked)]
    of = since(knowledge)
    if of and not draft:
        problems += _not_published(knowledge, of)
    if problems or of is None:
        raise CartkbError(problems)
    with replaced(out, _MARKER, "dump") as folder:
        return write_dump(knowledge, of.newest, folder, progress)


def _not_published(knowledge: Knowledge, of: Since) -> list[Problem]:
    """Return why the newest version cannot be published as it stands, or nothing."""
    now, newest = fingerprint.layers(knowledge), of.newest
    if of.declared:
        if of.published and not needed(of.published, now):
            what = f"{newest.version} is in preparation, and nothing has changed since {of.published.version}"
            return [knowledge.loaded.problem(newest.iri, what, fix="take the version out again")]
        what, why = f"{newest.version} is in preparation", "what is published has a date and can be recognised"
        fix = f"give it ckb:releasedOn, and for its state write\n{lines_to_publish(now)}"
        return [knowledge.loaded.problem(newest.iri, what, why, fix, ckb("releaseState").value)]
    if changed := needed(newest, now):
        what = f"{newest.version} is published, and has changed since: {', '.join(changed)}"
        why = "two dumps of one number would say two things"
        fix = "open the next version: a ckb:Release with ckb:releaseState ckb:in-preparation"
        return [knowledge.loaded.problem(newest.iri, what, why, fix)]
    return []
