"""Faults to plant in a copy of the knowledge base, each with what the proofs must say of it and where."""

STATEMENT, FACTOR, TENSION = "guideline/statements", "guideline/factors", "guideline/tensions"
OPPOSITE = f"{STATEMENT}/adults-do-not-benefit.ttl"

# name: subject, edits (file, old, new; a file with neither is removed), kind, what is said, file and text of its line
FAULTS = {
    "comparator flipped": (
        "boundaries",
        [(f"{FACTOR}/high-ldh.ttl", "ckb:greater-than", "ckb:less-than")],
        "boundary",
        "high-ldh-present is not true of a value above the limit",
        f"{FACTOR}/high-ldh.ttl",
        "ckb:comparator",
    ),
    "limit itself on the other side": (
        "boundaries",
        [(f"{FACTOR}/low-platelets.ttl", "ckb:less-than", "ckb:at-most")],
        "boundary",
        "low-platelets-present is not false of a value at the limit",
        f"{FACTOR}/low-platelets.ttl",
        "ckb:comparator",
    ),
    "threshold shifted": (
        "boundaries",
        [(f"{FACTOR}/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250")],
        "boundary",
        "high-ldh-present is not true of a value above the limit",
        f"{FACTOR}/high-ldh.ttl",
        "ckb:comparator",
    ),
    "boundary not said": (
        "boundaries",
        [("guideline/boundaries/adult-boundary.ttl", None, None)],
        "boundary",
        "nothing says on which side of the limit of adult",
        "guideline/criteria/adult.ttl",
        "ckb:comparator",
    ),
    "conjunct dropped": (
        "conflicts",
        [(f"{STATEMENT}/strong-for-adult-high-risk.ttl", ", ckbg:no-prior-allo-hsct", "")],
        "tension",
        "generally-not-after-prior-transplant (against) and strong-for-adult-high-risk (for)",
        f"{STATEMENT}/generally-not-after-prior-transplant.ttl",
        "ckbg:generally-not-after-prior-transplant",
    ),
    "tension removed": (
        "conflicts",
        [(f"{TENSION}/murine-versus-cd28.ttl", None, None)],
        "tension",
        "insufficient-evidence-cd28 (neutral) and strong-for-adult-high-risk (for)",
        f"{STATEMENT}/insufficient-evidence-cd28.ttl",
        "ckbg:insufficient-evidence-cd28",
    ),
    "hinge without use": (
        "conflicts",
        [
            (
                f"{TENSION}/murine-versus-cd28.ttl",
                "ckb:leavesOpen",
                "ckb:hingesOn ckbg:strong-for-adult-high-risk ;\n  ckb:leavesOpen",
            )
        ],
        "tension-hinge",
        "murine-versus-cd28 hinges on strong-for-adult-high-risk",
        f"{TENSION}/murine-versus-cd28.ttl",
        "ckbg:murine-versus-cd28",
    ),
    "opposite statement": (
        "conflicts",
        [(OPPOSITE, None, f"{STATEMENT}/adults-may-benefit.ttl")],
        "tension",
        "adults-do-not-benefit (against) and adults-may-benefit (for)",
        OPPOSITE,
        "ckbg:adults-do-not-benefit",
    ),
    "silence removed": (
        "completeness",
        [("guideline/silences/when-without-remission.ttl", None, None)],
        "silence",
        "when is left without answer or silence for patients with in-remission false",
        "ontology/answer.ttl",
        "ckb:when",
    ),
    "population contradicts itself": (
        "reach",
        [
            (
                f"{STATEMENT}/consider-without-prior-transplant.ttl",
                "ckbg:no-prior-allo-hsct ;",
                "ckbg:no-prior-allo-hsct, ckbg:prior-allo-hsct ;",
            )
        ],
        "unreachable",
        "consider-without-prior-transplant-population can never be true",
        f"{STATEMENT}/consider-without-prior-transplant.ttl",
        "ckbg:consider-without-prior-transplant-population",
    ),
    "exception covers the population": (
        "reach",
        [
            (
                f"{STATEMENT}/consider-on-b-cell-recovery.ttl",
                "ckb:directs ckb:Consider ;",
                "ckb:directs ckb:Consider ;\n  ckb:exceptWhen ckbg:in-remission ;",
            )
        ],
        "unreachable",
        "consider-on-b-cell-recovery applies to nobody",
        f"{STATEMENT}/consider-on-b-cell-recovery.ttl",
        "ckb:population",
    ),
    "exception of nobody": (
        "reach",
        [
            (
                f"{STATEMENT}/adults-may-benefit.ttl",
                "ckb:directs ckb:MayBenefit ;",
                "ckb:directs ckb:MayBenefit ;\n  ckb:exceptWhen ckbg:child ;",
            )
        ],
        "idle",
        "the exception child takes nobody out of adults-may-benefit",
        f"{STATEMENT}/adults-may-benefit.ttl",
        "ckb:exceptWhen",
    ),
    "operand repeated": (
        "reach",
        [("guideline/criteria/high-risk.ttl", "ckbg:high-ldh-present", "ckbg:high-ldh-present, ckbg:tp53-present")],
        "idle",
        "tp53-present never decides high-risk",
        "guideline/criteria/high-risk.ttl",
        "ckb:operand",
    ),
    "ruled out, and is not": (
        "reach",
        [
            (
                f"{STATEMENT}/consider-for-high-risk.ttl",
                "ckb:directs",
                "ckb:ruledOutBy ckbg:eligible-means ;\n  ckb:directs",
            )
        ],
        "ruled-out",
        "consider-for-high-risk can be part of an answer",
        f"{STATEMENT}/consider-for-high-risk.ttl",
        "ckb:ruledOutBy",
    ),
    "overshadowed, and not said": (
        "shadows",
        [("guideline/overshadowings/overshadowed-by-signs.ttl", None, None)],
        "overshadowed",
        "consider-on-signs-after-tisagenlecleucel never decides an answer",
        f"{STATEMENT}/consider-on-signs-after-tisagenlecleucel.ttl",
        "ckbg:consider-on-signs-after-tisagenlecleucel",
    ),
    "said to be overshadowed, and is not": (
        "shadows",
        [
            (
                "guideline/overshadowings/overshadowed-by-signs.ttl",
                "ckb:overshadows ",
                "ckb:overshadows ckbg:strong-for-adult-high-risk, ",
            )
        ],
        "overshadowed",
        "strong-for-adult-high-risk never decides an answer, but it does",
        "guideline/overshadowings/overshadowed-by-signs.ttl",
        "ckb:overshadows",
    ),
}
SHOWN_BY_NOBODY = {
    "boundary not said",
    "hinge without use",
    "population contradicts itself",
    "exception of nobody",
    "operand repeated",
}
