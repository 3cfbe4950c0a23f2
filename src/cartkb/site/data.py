"""The dump beside the pages: the files that a draft of the newest release would have, and what to say of each."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.releasing.exports import MEDIA_TYPES, write_dump
from cartkb.releasing.release import Release

FOLDER = "data"


@dataclass(frozen=True)
class Distribution:
    """A file of the dump: its address below the site, its media type if it holds data, bytes and checksum."""

    address: str
    name: str
    media_type: str
    size: int
    sha256: str


def write_data(home: Path, release: Release | None, folder: Path) -> list[Distribution]:
    """Write the dump of a release into a folder of its own, as ``cartkb release --draft`` does, and return its files.

    Nothing is written without a release. What a library that is not installed would have written is left out.
    Raises CartkbError where a description is malformed.
    """
    if release is None:
        return []
    shutil.rmtree(folder, ignore_errors=True)  # what an attempt that was cut short has left
    folder.mkdir(parents=True)
    found = []
    for name in write_dump(Knowledge(home), release, folder, whole=False):
        data = (folder / name).read_bytes()
        media_type = MEDIA_TYPES.get(Path(name).suffix, "")
        found.append(Distribution(f"{FOLDER}/{name}", name, media_type, len(data), hashlib.sha256(data).hexdigest()))
    return found
