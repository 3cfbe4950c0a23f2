"""The pages of the site that change: those about what changed, or, once both sites are drawn, every one that
differs.
"""

import copy
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cartkb.difference.versions import Version
from cartkb.knowledge import Knowledge
from cartkb.site.pages import Pages

_TEMPLATES = "site_templates"


@dataclass(frozen=True)
class PagesChanged:
    """Addresses below the site. ``compared`` says that both sites were drawn, so that none is missing."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    compared: bool


def pages_about(old: Version, new: Version, items: Iterable[str], templates: Path) -> PagesChanged:
    """Return the pages that are about some items; others may speak of them too.

    ``templates`` is the home folder whose templates say which pages there are. Raises CartkbError where they ask what
    a version cannot answer.
    """
    before, now = (_places(version, templates) for version in (old, new))
    about = {place for item in items for place in (before.get(item), now.get(item)) if place}
    was, is_now = set(before.values()), set(now.values())
    return PagesChanged(sorted(about - was), sorted(about - is_now), sorted(about & was & is_now), compared=False)


def _places(version: Version, templates: Path) -> dict[str, str]:
    """Return the page that each item is on."""
    drawn = copy.copy(version.knowledge)
    drawn.home = templates
    return {item: place.partition("#")[0] for item, place in Pages(drawn, version.knowledge.store).places.items()}


def pages_compared(old: Version, new: Version, templates: Path, progress: Callable[[str], None]) -> PagesChanged:
    """Draw both sites with the same templates and return the pages that differ.

    Raises CartkbError where a page of one of them cannot be drawn.
    """
    with tempfile.TemporaryDirectory(prefix="cartkb-") as folder:
        before, now = (_drawn(v, Path(folder) / n, templates, progress) for n, v in (("old", old), ("new", new)))
    both = before.keys() & now.keys()
    return PagesChanged(
        sorted(now.keys() - before.keys()),
        sorted(before.keys() - now.keys()),
        sorted(address for address in both if before[address] != now[address]),
        compared=True,
    )


def _drawn(version: Version, folder: Path, templates: Path, progress: Callable[[str], None]) -> dict[str, bytes]:
    from cartkb.site.render import build

    home = folder / "home"
    home.mkdir(parents=True)
    for part in ("ontology", "guideline"):
        os.symlink((version.knowledge.home / part).resolve(), home / part, target_is_directory=True)
    shutil.copytree(templates / _TEMPLATES, home / _TEMPLATES)
    build(Knowledge(home), folder / "site", lambda step: progress(f"{version.name}: {step}"))
    site = folder / "site"
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*.html"))}
