"""What has changed in a folder since it was last looked at, told from the times and sizes of its files."""

import os
from collections.abc import Iterator
from pathlib import Path


class Folder:
    """The files below some folders, hidden ones and what editors leave behind left out."""

    def __init__(self, *folders: Path):
        self._folders = folders
        self._seen = dict(self._files())

    def changed(self) -> list[Path]:
        """Return the files that are new, gone or written again since the last call, in order."""
        now = dict(self._files())
        before, self._seen = self._seen, now
        return [Path(name) for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]

    def _files(self) -> Iterator[tuple[str, tuple[int, int]]]:
        waiting = [str(folder) for folder in self._folders if folder.is_dir()]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        if entry.name.startswith(".") or entry.name.endswith(("~", ".swp", ".tmp")):
                            continue
                        if entry.is_dir():
                            waiting.append(entry.path)
                        else:
                            stat = entry.stat()
                            yield entry.path, (stat.st_mtime_ns, stat.st_size)
            except FileNotFoundError:  # it was moved away while it was being looked at
                continue
