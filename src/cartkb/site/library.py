"""The one library of others that the website can run on, MiniSearch, taken by npm when asked for and never committed.

``site_templates/package-lock.json`` says which version and which bytes; npm refuses any other. Whatever npm installs
goes into a folder that is thrown away, and no script of a package is run.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cartkb.problems import CartkbError, Problem, shown

_LOCK = ("package.json", "package-lock.json")
_SCRIPT = "node_modules/minisearch/dist/umd/index.js"
_LICENCE = "node_modules/minisearch/LICENSE.txt"
# Comments and indents, half of these very bytes.
_LEFT_OUT = (r"(?s)/\*\*.*?\*/", r"(?m)^\s*//.*\n", r"(?m)^\s+")
_CALL = ("ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")


def minisearch(templates: Path) -> str:
    """Return the script of MiniSearch with its licence on top, taken from npm or from what npm has kept.

    Raises CartkbError where there is no npm, or npm cannot get it.
    """
    lock = shown(templates / _LOCK[1])
    fix = "install Node, or pip install 'cartkb[search]'; without --search the website is built without search"
    npm = shutil.which("npm", path=str(Path(sys.executable).parent)) or shutil.which("npm")
    if npm is None:
        raise CartkbError([Problem(lock, 0, "search needs npm, which is not here", "npm gets its library", fix)])
    with tempfile.TemporaryDirectory(prefix="cartkb-") as folder:
        for name in _LOCK:
            shutil.copyfile(templates / name, Path(folder) / name)
        done = subprocess.run([npm, *_CALL], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:300]
            raise CartkbError([Problem(lock, 0, f"npm cannot get what search runs on: {said}", "", fix)])
        licence = (Path(folder) / _LICENCE).read_text(encoding="utf-8").strip()
        script = (Path(folder) / _SCRIPT).read_text(encoding="utf-8")
    for pattern in _LEFT_OUT:
        script = re.sub(pattern, "", script)
    return f"/*\nMiniSearch, https://github.com/lucaong/minisearch\n\n{licence}\n*/\n{script}"
