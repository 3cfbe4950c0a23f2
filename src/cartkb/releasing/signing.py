"""What a person adds to the guideline to sign items: printed for them, never written into their files."""

import difflib
import re
import unicodedata

import pyoxigraph as ox

from cartkb.checking.checks import read_checks
from cartkb.knowledge import Knowledge
from cartkb.names import CKB, CKBG, ckb, local_name
from cartkb.problems import CartkbError, Problem
from cartkb.releasing.signoff import SignOff

ORCID = "https://orcid.org/"
_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_SHORTEST = 10  # signs of what was checked
_PREFIXES = f"""@prefix ckb: <{CKB}> .
@prefix ckbg: <{CKBG}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_SIGNER = """
ckbg:{name}
  a ckb:Signer ;
  rdfs:label {label} ;
  ckb:orcid <{orcid}> .
"""
_SIGNATURE = """
ckbg:{name}-signs-{item}
  a ckb:Signature ;
  rdfs:label {label} ;
  ckb:signs ckbg:{item} ;
  ckb:signedBy ckbg:{name} ;
  ckb:signedOn "{day}"^^xsd:date ;
  ckb:signedDigest "{digest}" ;
  ckb:checked {checked} .
"""


def sign(knowledge: Knowledge, items: list[str], orcid: str, name: str, day: str, checked: str) -> tuple[str, str]:
    """Return the Turtle that signs some items, and the name of the file of guideline/signatures/ that it belongs in.

    ``orcid`` is an iD with or without its address, ``day`` a date as YYYY-MM-DD, ``checked`` what was held against
    the passages. A signer who is known already is not described again. Raises CartkbError with every reason why
    nothing can be signed.
    """
    sign_off = SignOff(knowledge.loaded)
    address = ORCID + orcid.removeprefix(ORCID)
    problems = _orcid_problems(knowledge, address)
    if len(checked.strip()) < _SHORTEST:
        why = "readers want to know what was held against the passage"
        problems.append(Problem("--checked", 0, "says too little", why, "write a sentence"))
    known = sign_off.signer_of(address)
    if not known and not name.strip():
        fix = "give --name with the name as the signer writes it"
        problems.append(Problem("--name", 0, f"nobody with the iD {address} has signed before", fix=fix))
    signable = {local_name(ox.NamedNode(item)) for members in sign_off.kinds().values() for item in members}
    wanted = [item.removeprefix("ckbg:").removeprefix(CKBG) for item in items]
    problems += [_unknown(item, signable) for item in wanted if item not in signable]
    if problems:
        raise CartkbError(problems)
    slug = local_name(ox.NamedNode(known)) if known else _free_name(sign_off, name, address)
    parts = [] if known else [_PREFIXES, _SIGNER.format(name=slug, label=_text(name), orcid=address)]
    for item in dict.fromkeys(wanted):
        label, digest = _text(f"{item}, signed by {slug}"), sign_off.digest(CKBG + item)
        parts.append(
            _SIGNATURE.format(name=slug, item=item, label=label, day=day, digest=digest, checked=_text(checked))
        )
    return "".join(parts).lstrip("\n"), f"{slug}.ttl"


def _text(words: str) -> str:
    return str(ox.Literal(" ".join(words.split()), language="en"))


def _unknown(item: str, signable: set[str]) -> Problem:
    near = difflib.get_close_matches(item, sorted(signable), n=3)
    what = "no item of this name is to be signed"
    fix = f"did you mean {', '.join(near)}?" if near else "cartkb signatures --list unsigned lists what is to be signed"
    return Problem(item, 0, what, fix=fix)


def _orcid_problems(knowledge: Knowledge, address: str) -> list[Problem]:
    """Ask the knowledge base's own check of ORCID iDs about one."""
    if not _ORCID.fullmatch(address.removeprefix(ORCID)):
        fix = "write four groups of four, as 0000-0002-1825-0097"
        return [Problem("--orcid", 0, f"{address} is no ORCID iD", fix=fix)]
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode(CKBG), ckb("orcid"), ox.NamedNode(address)))
    checks, _ = read_checks(knowledge)
    return [
        Problem("--orcid", 0, check.problem.format(orcid=address), check.why, check.fix)
        for check in checks
        if check.name == "signature-orcid" and check.select(store)
    ]


def _free_name(sign_off: SignOff, name: str, address: str) -> str:
    """Return a name for a new signer that nobody else has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain)) or "signer"
    return slug if not sign_off.is_described(CKBG + slug) else f"{slug}-{address[-4:].lower()}"
