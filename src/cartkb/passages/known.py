"""What this knowledge base knows of a passage without its text, and how it was found to stand in a copy."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from cartkb.passages.repair import Edit
from cartkb.passages.source import PART

SHORTEST = 16  # normalised signs below which a passage is looked for only beside its neighbours
SLIPS = (0, 1, -1, 2, -2, 3, -3)  # how much longer a stretch of a copy may be than what the article has there


@dataclass(frozen=True)
class Known:
    """A passage by its key, digests, length in normalised signs, and numbers with how often each occurs."""

    key: str
    sha256: str
    length: int
    parts: tuple[str, ...]
    numbers: Counter[Decimal]

    @cached_property
    def sizes(self) -> list[int]:
        """The lengths of the parts, in normalised signs."""
        return [PART] * (len(self.parts) - 1) + [self.length - PART * (len(self.parts) - 1)]

    @property
    def group(self) -> str:
        """The key of the row or paragraph in which the passage stands."""
        return self.key.rpartition(".")[0]

    def fits(self, text: str) -> bool:
        """Say whether a normalised text is this passage's."""
        return len(text) == self.length and hashlib.sha256(text.encode()).hexdigest() == self.sha256


@dataclass(frozen=True)
class Standing:
    """Where a passage stands in the normalised copy. ``edits`` is None where what differs is not known."""

    pieces: list[tuple[int, int]]
    edits: list[Edit] | None = field(default_factory=list)
