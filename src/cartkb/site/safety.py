"""The gate that every drawn page passes: where its links and sources may lead, whatever stands in the data.

Templates escape what they print, so that no label becomes markup; but an IRI of the data may become an address.
"""

import functools
import html
import re
from posixpath import dirname, join, normpath

from cartkb.problems import CartkbError, Problem

_VALUE = r"""\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)"""
# One pattern each, since a pattern that begins with a word is looked for six times as fast. They find data-src as well.
_ADDRESSES = [re.compile(name + _VALUE) for name in ("href", "src", "action", "poster", "srcset")]
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ICON = "data:,"  # an empty icon, so that no browser asks for one


def refuse_unsafe(address: str, drawn: str) -> None:
    """Raise CartkbError where a page at an address of the site leads anywhere but below the site or to https."""
    for found in {value for pattern in _ADDRESSES for value in pattern.findall(drawn)}:
        target, why = _led(dirname(address), found)
        if why:
            fix = "write another IRI where the guideline names this one"
            raise CartkbError([Problem(address, 0, f"the page would link to {target}", why, fix)])


@functools.lru_cache(maxsize=1 << 16)  # pages of one folder repeat most of them
def _led(folder: str, found: str) -> tuple[str, str]:
    """Return where an address leads as browsers read it, and why it may not, or nothing."""
    # browsers leave out control characters and blanks before they read a scheme
    target = re.sub(r"[\x00-\x20]", "", html.unescape(found.strip("\"'")))
    if target.startswith("https://") or target == _ICON:
        return target, ""
    if _SCHEME.match(target) or target.startswith(("/", "\\")):
        return target, "only pages of the site and https are linked"
    leaves = normpath(join(folder, re.split("[?#]", target)[0])).startswith("..")
    return target, "it leads out of the folder of the site" if leaves else ""
