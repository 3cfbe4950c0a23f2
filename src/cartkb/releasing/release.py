"""Releases as data: which is the newest, what changed since the one before, and whether its entries say so."""

import re
from dataclasses import dataclass

from cartkb.knowledge import Knowledge
from cartkb.names import PREFIXES, ckb, local_name
from cartkb.problems import Problem, shown
from cartkb.releasing import fingerprint, history

_RELEASES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?release ?version ?state ?date ?clinical ?evidence ?editorial ?revision WHERE {
  ?release a ckb:Release ; ckb:version ?version .
  OPTIONAL { ?release ckb:releaseState ?state }
  OPTIONAL { ?release ckb:releasedOn ?date }
  OPTIONAL { ?release ckb:clinicalDigest ?clinical }
  OPTIONAL { ?release ckb:evidenceDigest ?evidence }
  OPTIONAL { ?release ckb:editorialDigest ?editorial }
  OPTIONAL { ?release ckb:revision ?revision }
}
"""
_DECLARED = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT DISTINCT ?release ?reach WHERE { ?release a ckb:Release ; ckb:change/ckb:changeReach ?reach }
"""
_AFFECTED = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT DISTINCT ?item WHERE {{
  <{release}> ckb:change ?change . ?change ckb:changeReach ckb:clinical-change ; ckb:affects ?item
}}
"""
_PRINTED = {  # other places where the version stands, and the line that says it
    "src/cartkb/__init__.py": re.compile(r'^__version__ = "([^"]*)"', re.MULTILINE),
    "CITATION.cff": re.compile(r"^version: (\S+)", re.MULTILINE),
}
_SHOWN = 8  # things that changed which a complaint names


@dataclass(frozen=True)
class Release:
    """One version. ``digests`` are by reach, and empty in preparation; ``declared`` are the reaches of its changes."""

    iri: str
    version: str
    is_published: bool
    date: str
    digests: dict[str, str]
    revision: str
    declared: frozenset[str]

    @property
    def name(self) -> str:
        """The release with its prefix."""
        return f"ckbg:{self.iri.rpartition('/')[2]}"

    def declares(self, reach: str) -> bool:
        """Say whether some change of the release reaches at least so far."""
        order = fingerprint.REACHES
        return any(order.index(declared) <= order.index(reach) for declared in self.declared)


@dataclass(frozen=True)
class Since:
    """The newest release, and the last one that is published; they are one and the same between two versions."""

    newest: Release
    published: Release | None

    @property
    def declared(self) -> Release | None:
        """The release in preparation, whose changes speak for what has changed; None where there is none."""
        return None if self.newest.is_published else self.newest


def releases(knowledge: Knowledge) -> list[Release]:
    """Return the releases, the oldest first."""
    declared: dict[str, set[str]] = {}
    for row in knowledge.select(_DECLARED):
        reach = local_name(row["reach"]).removesuffix("-change")
        declared.setdefault(row["release"].value, set()).add(reach)
    found = []
    for row in knowledge.select(_RELEASES):
        text = {name: term.value if term is not None else "" for name, term in row.items()}
        iri, digests = text["release"], {reach: text[reach] for reach in fingerprint.REACHES if text[reach]}
        reaches = frozenset(declared.get(iri, set()) & set(fingerprint.REACHES))
        published = text["state"] == ckb("published").value
        found.append(Release(iri, text["version"], published, text["date"], digests, text["revision"], reaches))
    return sorted(found, key=lambda release: [int(number) for number in re.findall("[0-9]+", release.version)])


def since(knowledge: Knowledge) -> Since | None:
    """Return the newest release and the last published one, or None where there is no release at all."""
    found = releases(knowledge)
    if not found:
        return None
    return Since(found[-1], next((release for release in reversed(found) if release.is_published), None))


def needed(published: Release, now: dict[str, fingerprint.Layer]) -> list[str]:
    """Return the reaches of what changed since a published release, the furthest first."""
    return [reach for reach in fingerprint.REACHES if published.digests.get(reach) != fingerprint.digest(now[reach])]


def unnamed(knowledge: Knowledge, release: Release, names: list[str]) -> list[str]:
    """Return those of some things that changed clinically which no clinical change of a release ``ckb:affects``.

    Named is what stands in one file of the guideline with something named. Rules have no name to be named by, and
    what is no longer there cannot be.
    """
    named = {row["item"].value for row in knowledge.select(_AFFECTED.format(release=release.iri))}
    files = {path for item in named for path in knowledge.loaded.files_of(item)}
    told = {path for path in files if knowledge.guideline_folder in path.parents}
    found = []
    for name in names:
        prefix, _, local = name.partition(":")
        iri = PREFIXES.get(prefix, "") + local
        there = knowledge.loaded.files_of(iri)
        if there and iri not in named and told.isdisjoint(there):
            found.append(name)
    return found


def check_releases(knowledge: Knowledge) -> tuple[list[Problem], list[str]]:
    """Return what is wrong with the releases, and notes on what changed without an entry.

    A clinical change without an entry is wrong; one that changes no answer is only noted until the next release.
    """
    of = since(knowledge)
    if of is None:
        fix = "describe the first version in guideline/releases.ttl"
        where = shown(knowledge.guideline_folder / "releases.ttl")
        return [Problem(where, 0, "no release", fix=fix, code="no-release")], []
    problems = _versions_elsewhere(knowledge, of.newest)
    if not of.published or (of.declared and of.declared.declares("clinical")):
        return problems, []
    now = fingerprint.layers(knowledge)
    undeclared = [r for r in needed(of.published, now) if not (of.declared and of.declared.declares(r))]
    notes = [
        f"changed since {of.published.version} without an entry in guideline/releases.ttl: {reach}"
        for reach in undeclared
        if reach != "clinical"
    ]
    if "clinical" in undeclared:
        problems.append(_undeclared(knowledge, of, now))
    return problems, notes


def _undeclared(knowledge: Knowledge, of: Since, now: dict[str, fingerprint.Layer]) -> Problem:
    digests = {"clinical": of.published.digests.get("clinical", "")}
    before = history.published_layers(knowledge, of.published.version, of.published.revision, digests).get("clinical")
    names = fingerprint.changed(before, now["clinical"]) if before is not None else []
    what = f"what the rules read has changed since {of.published.version}, and no clinical change says so"
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        what += f": {', '.join(names[:_SHOWN])}{more}"
    entry = "a ckb:Change with ckb:changeReach ckb:clinical-change and ckb:forPatients"
    fix = f"add to {of.newest.name} {entry}"
    if not of.declared:
        fix = f"open the next version: a ckb:Release with ckb:releaseState ckb:in-preparation, and in it {entry}"
    why = "some patient may get another answer, and readers have to be told for whom"
    code = "clinical-change-untold"
    return knowledge.loaded.problem(of.newest.iri, what, why, fix, ckb("change").value, code=code)


def _versions_elsewhere(knowledge: Knowledge, newest: Release) -> list[Problem]:
    """Return a problem for each file of the working copy that prints another version than the newest release."""
    problems = []
    for name, pattern in _PRINTED.items():
        path = knowledge.home / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        found = pattern.search(text)
        if not found or found[1] != newest.version:
            line = text[: found.start()].count("\n") + 1 if found else 0
            what = f"version {found[1] if found else 'missing'}, and the newest release is {newest.version}"
            why = "vocabulary, content and program have one version, and guideline/releases.ttl says which"
            fix = f"write {newest.version} here"
            problems.append(Problem(shown(path), line, what, why, fix, code="version-elsewhere"))
    return problems


def lines_to_publish(found: dict[str, fingerprint.Layer]) -> str:
    """Return the lines of Turtle that a release gets when it is published as it stands."""
    lines = [f'  ckb:{reach}Digest "{fingerprint.digest(found[reach])}" ;' for reach in fingerprint.REACHES]
    return "\n".join(["  ckb:releaseState ckb:published ;", *lines])
