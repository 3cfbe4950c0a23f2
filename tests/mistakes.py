"""The mistakes that authors make, one of each kind, beside the examples of complaints: what is written for what."""

from cartkb.checking.complaints import Complaint

_SHAPES = "ontology/shapes"


def _mistake(code: str, file: str, right: str, wrong: str) -> Complaint:
    return Complaint(code, "", "", "", "Names and values", file, "", right, wrong)


KINDS: dict[str, str | Complaint] = {  # an example is named by its code
    "truncated file": "unfinished-statement",
    "smart quote": "typographic-quotes",
    "missing semicolon": "missing-semicolon",
    "misspelt property": "undeclared-term",
    "misspelt sh:targetClass": _mistake("undeclared-term", f"{_SHAPES}/tension.ttl", "sh:targetClass", "sh:targetClas"),
    "misspelt class of sh:targetClass": _mistake(
        "undeclared-term", f"{_SHAPES}/silence.ttl", "sh:targetClass ckb:Silence", "sh:targetClass ckb:Silense"
    ),
    "misspelt SKOS": _mistake(
        "undeclared-term", "guideline/discrepancies/cr-cr-patients.ttl", "  skos:note", "  skos:noet"
    ),
    "misspelt PROV": _mistake("undeclared-term", "ontology/signing.ttl", "prov:endedAtTime", "prov:endedAtTimes"),
    "misspelt DCTERMS": _mistake(
        "undeclared-term", "guideline/products/kte-c19.ttl", "dcterms:description", "dcterms:descripton"
    ),
    "misspelt OWL": _mistake("undeclared-term", "ontology/disjointness.ttl", "owl:disjointWith", "owl:disjontWith"),
    "wrong datatype": "wrong-kind-of-value",
    "rewritten literal": "unusual-number",
    "day that does not exist": "no-such-value",
    "mg/dL": "unit-not-allowed",
    "unknown code": "code-of-another-form",
    "code of an unknown product": _mistake(
        "dead-reference", "ontology/codes/atc.ttl", "ckb:maps ckbg:tisagenlecleucel", "ckb:maps ckbg:tisagenlecleucl"
    ),
    "dead IRI": "dead-reference",
    "relative IRI": "relative-address",
    "file: IRI": "file-address",
    "number not in the passage": "number-not-in-passage",
    "percentage that does not fit": "audit-percentage",
    "statement that no case reaches": "statement-without-case",
    "duplicate subject": "two-files",
    "circular condition": "circular-criterion",
    "unsatisfiable class": "class-without-members",
    "shape that matches nothing": "shape-without-target",
    "class without a shape": "class-without-shape",
    "question whose stored answer differs": "answer-differs",
    "case with another answer": "case-answer",
    "tab": "format-tab",
    "two properties on one line": "format-two-on-a-line",
}
