"""What the proofs are about, as plain values: features, criteria, statements, questions, tensions, silences.

Names are local names: what is proved is told to people by them. Nothing here knows a clinical fact.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

LEAF_KINDS = ("Presence", "Coded", "Quantity", "Elapsed", "EventDay", "Trend", "NewFinding", "Change")
COMPOSITE_KINDS = ("AllOf", "AnyOf", "AtLeast", "Not")


@dataclass(frozen=True)
class Feature:
    """What a fact can be about. ``lowest`` and ``highest`` are in the canonical unit, whose UCUM code is ``unit``."""

    name: str
    kind: str
    timeless: bool
    codes: tuple[str, ...]
    code_prefix: str  # of the namespace that the codes are in
    lowest: Fraction | None
    highest: Fraction | None
    unit: str
    given_by: str
    derived_from: str
    below: str
    above: str


@dataclass(frozen=True)
class Criterion:
    """A condition; ``limit`` is the threshold in the canonical unit. Fields that its kind lacks are empty."""

    name: str
    iri: str
    kind: str
    feature: str
    window: str
    ever: bool
    comparator: str
    limit: Fraction | None
    expected: frozenset[str]
    rising: bool
    change: tuple[str, str]
    silence_is_absence: bool
    operands: tuple[str, ...]
    minimum: int


@dataclass(frozen=True)
class Statement:
    """What the review asserts; ``rank`` is None unless its directive is one of the ranked classes."""

    name: str
    iri: str
    question: str
    directive: str
    stance: str
    rank: int | None
    population: str
    exceptions: tuple[str, ...]
    ruled_out_by: str


@dataclass(frozen=True)
class Question:
    """A decision question; ``listed`` says that its answer is the list of all that applies."""

    name: str
    scope: str
    precondition: str
    closed_by: tuple[str, ...]
    listed: bool


@dataclass(frozen=True)
class Tension:
    """Statements that cannot all direct one patient, those without which it does not arise, what prevents it."""

    name: str
    iri: str
    between: tuple[str, ...]
    hinges: tuple[str, ...]
    ruled_out_by: str


@dataclass(frozen=True)
class Silence:
    """A kind of patient for whom a question is left open."""

    name: str
    iri: str
    question: str
    population: str


@dataclass(frozen=True)
class Boundary:
    """What a passage or decision says of the values just below a limit, at it, and just above it."""

    name: str
    iri: str
    criterion: str
    value: Fraction | None
    below: bool
    itself: bool
    above: bool


@dataclass(frozen=True)
class Overshadowing:
    """Statements that never decide by themselves, and those of which one always speaks where they do."""

    name: str
    iri: str
    weaker: tuple[str, ...]
    stronger: tuple[str, ...]


@dataclass
class Base:
    """The decision base: everything by name, in the order of the names."""

    features: dict[str, Feature] = field(default_factory=dict)
    criteria: dict[str, Criterion] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    tensions: dict[str, Tension] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    boundaries: dict[str, Boundary] = field(default_factory=dict)
    overshadowings: dict[str, Overshadowing] = field(default_factory=dict)
    factors: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> IRI, defining criterion
    units: dict[str, Fraction] = field(default_factory=dict)  # UCUM code -> factor to the canonical unit
    given: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)  # code -> feature -> state, code
    ends_before: dict[str, str] = field(default_factory=dict)  # window -> event that ends it
    begins_after: dict[str, str] = field(default_factory=dict)  # window -> event after which it begins

    @cached_property
    def origin(self) -> str:
        """The event that days are counted from: the one after which a window begins."""
        return next(iter(self.begins_after.values()))

    @cached_property
    def after(self) -> str:
        """The window after the origin, in which series, events and changes are looked for."""
        return next(iter(self.begins_after))

    @cached_property
    def before(self) -> str:
        """The window that the origin ends."""
        return next(window for window, event in self.ends_before.items() if event == self.origin)

    @cached_property
    def used_features(self) -> list[str]:
        """Every feature that a criterion, a window or a product's description turns on."""
        used = {c.feature for c in self.criteria.values() if c.feature} | set(self.ends_before.values()) | {self.origin}
        for name in sorted(used):
            used |= {self.features[name].given_by, self.features[name].derived_from} - {""}
        return sorted(used)

    def of_question(self, question: str) -> list[Statement]:
        return [s for s in self.statements.values() if s.question == question]

    def leaves(self) -> list[Criterion]:
        return [c for c in self.criteria.values() if c.kind in LEAF_KINDS]
