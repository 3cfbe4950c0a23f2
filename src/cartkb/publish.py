"""Publishing a version: only where nothing is wrong, nothing was left unchecked, and the release says what it is."""

from collections.abc import Callable
from pathlib import Path

from cartkb.checking.check import check
from cartkb.folders import replaced
from cartkb.knowledge import Knowledge
from cartkb.names import ckb
from cartkb.problems import CartkbError, Problem
from cartkb.releasing import fingerprint, history
from cartkb.releasing.exports import write_dump
from cartkb.releasing.release import Release, Since, lines_to_publish, needed, releases, since, unnamed

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
        problems += _untold(knowledge, of.newest)
    if problems or of is None:
        raise CartkbError(problems)
    with replaced(out, _MARKER, "dump") as folder:
        return write_dump(knowledge, of.newest, folder, progress)


def _untold(knowledge: Knowledge, newest: Release) -> list[Problem]:
    """Return a problem for what changed clinically since the version before and is named by no clinical change.

    Nothing where git does not remember that version.
    """
    before = [release for release in releases(knowledge) if release.is_published and release != newest]
    if not before:
        return []
    last = before[-1]
    digests = {"clinical": last.digests.get("clinical", "")}
    layers = history.published_layers(knowledge, last.version, last.revision, digests)
    if not layers:
        return []
    names = fingerprint.changed(layers["clinical"], fingerprint.layers(knowledge)["clinical"])
    if not (left := unnamed(knowledge, newest, names)):
        return []
    what = f"no clinical change of {newest.version} names what has changed since {last.version}: {', '.join(left)}"
    why = "whoever votes on the release has to see everything that may move an answer"
    fix = "add it to ckb:affects of the change that tells of it"
    return [knowledge.loaded.problem(newest.iri, what, why, fix, ckb("change").value)]


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
