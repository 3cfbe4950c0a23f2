"""Sign-off: who held which item against its passages, and whether the item is still what they signed.

What is signed is every triple of the item and of its parts (``ckb:signedTogether``), as a digest. A later change of
any of them voids the signature: it is never taken away, and never counted as one that holds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from cartkb.loaded import Loaded
from cartkb.names import ckb, local_name
from cartkb.shacl.graph import Graph
from cartkb.turtle import canonical_lines

_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
_TRUE = "true"
HOLDS, VOID = ckb("signature-holds"), ckb("signature-void")


@dataclass(frozen=True, order=True)
class Signature:
    """One signature: its name, the item, the signer, the day, and whether the item is still what was signed."""

    name: str
    item: str
    signer: str
    day: str
    holds: bool


@dataclass(frozen=True)
class Count:
    """How many items of a kind are to be signed, have a signature that holds, or have only void ones."""

    kind: str
    items: int
    signed: int
    void: int

    @property
    def unsigned(self) -> int:
        """How many nobody has signed."""
        return self.items - self.signed - self.void


class SignOff:
    """The signatures of a knowledge base, held against the items as they are now."""

    def __init__(self, loaded: Loaded):
        self._graph = Graph(loaded.triples())
        self._of: dict[ox.NamedNode, list[ox.Triple]] = defaultdict(list)
        for triple in loaded.triples():
            self._of[triple.subject].append(triple)
        self._parts = self._marked("signedTogether")
        self._outside = self._marked("outsideSignature")

    def kinds(self) -> dict[str, set[str]]:
        """Return the items that are to be signed, by the label of their kind, sorted."""
        labels = {kind: self._text(kind, _LABEL) for kind in self._marked("toBeSigned")}
        found = {label: {item.value for item in self._graph.members(kind)} for kind, label in labels.items()}
        return dict(sorted(found.items()))

    def digest(self, item: str) -> str:
        """Return the SHA-256, in hexadecimal, of an item and its parts as they are now."""
        nodes, todo = set(), [ox.NamedNode(item)]
        while todo:
            nodes.add(node := todo.pop())
            values = {v for part in self._parts for v in self._graph.relation(part).get(node, ())}
            todo += [value for value in values - nodes if isinstance(value, ox.NamedNode)]
        triples = [t for node in nodes for t in self._of[node] if t.predicate not in self._outside]
        return hashlib.sha256("".join(f"{line}\n" for line in canonical_lines(triples)).encode()).hexdigest()

    def signatures(self) -> list[Signature]:
        """Return every signature, sorted by its name. One that lacks item, signer or digest does not hold."""
        found = []
        for node in self._graph.members(ckb("Signature")):
            item, signer, day = (self._text(node, ckb(name)) for name in ("signs", "signedBy", "signedOn"))
            holds = bool(item and signer) and self._text(node, ckb("signedDigest")) == self.digest(item)
            found.append(Signature(node.value, item, signer, day, holds))
        return sorted(found)

    def signer_of(self, orcid: str) -> str:
        """Return the signer with an ORCID iD, or an empty text."""
        found = self._graph.inverse(ckb("orcid")).get(ox.NamedNode(orcid), ())
        return min((node.value for node in found), default="")

    def is_described(self, name: str) -> bool:
        """Say whether something of this name stands in the knowledge base."""
        return ox.NamedNode(name) in self._of

    def counts(self) -> list[Count]:
        """Return the counts of every kind that is to be signed."""
        signed, void = self.listed("signed"), self.listed("void")
        return [
            Count(kind, len(items), len(signed.get(kind, ())), len(void.get(kind, ())))
            for kind, items in self.kinds().items()
        ]

    def listed(self, state: str) -> dict[str, list[str]]:
        """Return the names of the items that are ``signed``, ``void`` or ``unsigned``, by kind where there are any.

        An item is signed where one signature holds, and void where it has signatures and none holds.
        """
        signatures = self.signatures()
        holding = {signature.item for signature in signatures if signature.holds}
        void = {signature.item for signature in signatures} - holding
        found = {}
        for kind, items in self.kinds().items():
            chosen = {"signed": items & holding, "void": items & void, "unsigned": items - holding - void}[state]
            found[kind] = sorted(local_name(ox.NamedNode(item)) for item in chosen)
        return {kind: items for kind, items in found.items() if items}

    def _marked(self, name: str) -> set[ox.NamedNode]:
        relation = self._graph.relation(ckb(name))
        return {node for node, values in relation.items() if any(value.value == _TRUE for value in values)}

    def _text(self, node: ox.NamedNode, predicate: ox.NamedNode) -> str:
        return min((value.value for value in self._graph.relation(predicate).get(node, ())), default="")


def states(loaded: Loaded) -> Iterable[ox.Triple]:
    """Yield for each signature whether it holds, to be asked about like everything else."""
    if any(loaded.of_kind(ckb("Signature"))):
        for signature in SignOff(loaded).signatures():
            yield ox.Triple(ox.NamedNode(signature.name), ckb("signatureState"), HOLDS if signature.holds else VOID)


def notes(loaded: Loaded) -> list[str]:
    """Return in sentences how much is signed, and which signatures are void and where they stand."""
    sign_off = SignOff(loaded)
    counts, lines = sign_off.counts(), []
    items, signed, void = (sum(getattr(count, name) for count in counts) for name in ("items", "signed", "void"))
    for signature in sign_off.signatures():
        if not signature.holds:
            name, item = (local_name(ox.NamedNode(iri)) for iri in (signature.name, signature.item or signature.name))
            why, fix = "its item has changed since it was signed", f"look at it again: cartkb sign {item}"
            problem = loaded.problem(signature.name, f"the signature ckbg:{name} is void", why, fix)
            lines.append(str(problem))
    left = items - signed - void
    return [*lines, f"signed: {signed} of {items} items; with void signatures only: {void}; by nobody: {left}"]
