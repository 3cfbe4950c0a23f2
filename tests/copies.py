"""Small copies of the real knowledge base, quick to read, for tests that change something in them."""

import shutil
from pathlib import Path

from conftest import HOME

LEFT_OUT = ("cases", "publications", "readings", "discrepancies", "codes", "questions")


def small_copy(folder: Path) -> Path:
    """Copy what the rules read and a little of the rest; what is left out is pointed at and not there."""
    for part in ("ontology", "guideline"):
        shutil.copytree(HOME / part, folder / part, ignore=shutil.ignore_patterns(*LEFT_OUT, "passages.ttl"))
    shutil.copytree(HOME / "guideline/discrepancies", folder / "guideline/discrepancies")
    (folder / "guideline/cases").mkdir()
    shutil.copy(HOME / "guideline/cases/adult-ldh-211.ttl", folder / "guideline/cases")
    return folder


def edit(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replace a text that stands in a file exactly so often."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == count, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


PREFIXES = """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def release(version: str, published: str = "", previous: str = "", reach: str = "clinical", more: str = "") -> str:
    """Return the Turtle of a release with one change. ``published`` are its lines once it is out."""
    name = f"release-{version.replace('.', '-')}"
    state = published or "  ckb:releaseState ckb:in-preparation ;"
    before = f"  dcat:previousVersion ckbg:release-{previous.replace('.', '-')} ;\n" if previous else ""
    return f"""
ckbg:{name}
  a ckb:Release ;
  rdfs:label "Version {version}"@en ;
  ckb:version "{version}" ;
{state}
{before}  ckb:change ckbg:{name}-change .

ckbg:{name}-change
  a ckb:Change ;
  rdfs:label "One change"@en ;
  ckb:changeKind ckb:changed ;
  ckb:changeReach ckb:{reach}-change ;{more}
  ckb:forPatients "Patients whom a test has invented."@en ;
  ckb:text "Something is told otherwise than before."@en .
"""


def write_releases(home: Path, *texts: str) -> None:
    """Let these be the releases of a copy."""
    (home / "guideline/releases.ttl").write_text(PREFIXES + "".join(texts), encoding="utf-8")


def published_copy(folder: Path, version: str = "1.0.0") -> Path:
    """Return a small copy whose one release is published as it stands."""
    from cartkb.knowledge import Knowledge
    from cartkb.releasing.fingerprint import layers
    from cartkb.releasing.release import lines_to_publish

    home = small_copy(folder)
    write_releases(home, release(version))
    lines = lines_to_publish(layers(Knowledge(home)))
    write_releases(home, release(version, f'{lines}\n  ckb:releasedOn "2026-01-31"^^xsd:date ;'))
    return home
