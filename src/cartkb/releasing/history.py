"""Earlier versions of a knowledge base: a folder, a table of marks that a release left, or a revision in git."""

import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.problems import CartkbError, Problem
from cartkb.releasing import fingerprint

_PARTS = ("ontology", "guideline")
_TRIED = 12  # revisions in which a published version is looked for


def _git(home: Path, *arguments: str) -> bytes:
    """Return what git prints, and nothing where there is no git, no repository or no such revision."""
    try:
        done = subprocess.run(["git", "-C", str(home), *arguments], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


@contextmanager
def revision(home: Path, name: str) -> Iterator[Knowledge]:
    """Give the knowledge base as it was in a revision of git, for as long as it is needed.

    Raises CartkbError where there is no such revision of it.
    """
    archive = b"" if name.startswith("-") else _git(home, "archive", "--format=zip", name, "--", *_PARTS)
    if not archive:
        fix = "name a revision of git, a folder that holds ontology/ and guideline/, or a table of marks (.tsv)"
        raise CartkbError([Problem(name, 0, "no earlier version of the knowledge base here", fix=fix)])
    with tempfile.TemporaryDirectory(prefix="cartkb-") as folder:
        with zipfile.ZipFile(BytesIO(archive)) as files:  # the early tarfile of Python 3.11 would leave the folder
            files.extractall(folder)
        yield Knowledge(Path(folder))


def layers_of(knowledge: Knowledge, name: str) -> dict[str, fingerprint.Layer]:
    """Return the layers of an earlier version, sorted as this one sorts: a folder, a table or a revision.

    Raises CartkbError where it is none of these, or cannot be read.
    """
    path = Path(name)
    if path.is_file():
        return fingerprint.read_table(path)
    if all((path / part).is_dir() for part in _PARTS):
        return fingerprint.layers(Knowledge(path), knowledge)
    with revision(knowledge.home, name) as earlier:
        return fingerprint.layers(earlier, knowledge)


def published_layers(
    knowledge: Knowledge, version: str, named: str, digests: dict[str, str]
) -> dict[str, fingerprint.Layer]:
    """Return the layers of a published version that git remembers, of those whose digests are given by reach.

    Looked for in the revision that the release names, in its tag, and in the revisions that changed the releases:
    a layer counts only if its digest is the one that was published.
    """
    releases, found = "guideline/releases.ttl", {}
    log = _git(knowledge.home, "log", f"--max-count={_TRIED}", "--format=%H", "--", releases).decode().split()
    for name in filter(None, (named, f"refs/tags/v{version}", f"refs/tags/{version}", *log)):
        try:
            layers = layers_of(knowledge, name)
        except CartkbError:
            continue
        found |= {r: layer for r, layer in layers.items() if digests.get(r) == fingerprint.digest(layer)}
        if found.keys() >= digests.keys():
            break
    return found
