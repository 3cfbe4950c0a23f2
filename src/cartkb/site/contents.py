"""The contents of a drawn page: its sections, so that a long page can name them at its head."""

import re

from markupsafe import Markup

_SECTION = re.compile(r"<h2 id=\"([^\"]+)\"[^>]*>(.*?)</h2>", re.DOTALL)


def sections(body: str) -> list[tuple[str, Markup]]:
    """Return the id and the heading, without links, of every section of a page whose heading has an id."""
    return [(found[1], Markup(re.sub("<[^>]*>", "", found[2]).strip())) for found in _SECTION.finditer(body)]
