"""The names of things: our namespaces, the prefixes that everybody uses, and terms as people read them."""

import functools

import pyoxigraph as ox

CKB = "https://w3id.org/cartkb/vocab/"
CKBG = "https://w3id.org/cartkb/guideline/"
PREFIXES = {
    "ckb": CKB,
    "ckbg": CKBG,
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "fabio": "http://purl.org/spar/fabio/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
RDF_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")


@functools.cache
def ckb(name: str) -> ox.NamedNode:
    """Return the IRI of a term of the vocabulary."""
    return ox.NamedNode(CKB + name)


@functools.lru_cache(maxsize=1 << 16)  # the same names come again and again
def short(term) -> str:
    """Return a term as people read it: a literal's text, an IRI with its usual prefix."""
    text = term.value
    if isinstance(term, ox.Literal):
        return text
    for prefix, namespace in PREFIXES.items():
        if text.startswith(namespace) and len(text) > len(namespace):
            return f"{prefix}:{text[len(namespace) :]}"
    return text


def local_name(term) -> str:
    """Return the last part of an IRI: the item's name, its file's stem and its page's address."""
    text = term.value
    return text[max(text.rfind("/"), text.rfind("#")) + 1 :]
