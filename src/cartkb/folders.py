"""Folders that the program makes anew each time: all of it or nothing, and never over what somebody else put there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cartkb.problems import CartkbError, Problem, shown


@contextmanager
def replaced(out: Path, marker: str, kind: str) -> Iterator[Path]:
    """Give an empty folder to fill, which takes the place of ``out`` once it is filled without a failure.

    ``marker`` is the name of an empty file by which the program knows its own folders again. Raises CartkbError,
    leaving everything as it was, where ``out`` is something else than an earlier ``kind``.
    """
    if out.is_file() or (out.exists() and any(out.iterdir()) and not (out / marker).exists()):
        fix = "name another folder, or empty this one"
        raise CartkbError([Problem(shown(out), 0, f"not a {kind} by this program, so not replaced", fix=fix)])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".cartkb-") as folder:
        draft, old = Path(folder) / "new", Path(folder) / "old"
        draft.mkdir(mode=0o755)
        yield draft
        (draft / marker).touch()
        if out.exists():
            out.rename(old)
        try:
            draft.rename(out)
        except OSError:
            if old.exists():
                old.rename(out)
            raise
        if old.exists():
            shutil.rmtree(old)
