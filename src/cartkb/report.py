"""Explanations as text for a terminal: the answer first, then what it rests on, then what is missing."""

import textwrap

_WIDTH = 96
DISCLAIMER = (
    "What a review of 2020 says about patients like this one. Not an order, not a probability, not a medical"
    " device; newer trials are not included, and no clinician has signed this knowledge base yet."
)


def report(explanation: dict, explain: bool = True) -> str:
    """Return the text for one patient."""
    days = explanation["daysSinceInfusion"]
    day = "no infusion yet" if days is None else f"day {days} after infusion"
    lines = [f"{explanation['label']}  (as of {explanation['asOf']}, {day})"]
    if explanation["notSeen"]:
        lines.append(_wrap(f"not used, dated later or undated: {', '.join(explanation['notSeen'])}", 2))
    for answer in explanation["answers"]:
        lines += ["", *_answer(answer, explain)]
    return "\n".join([*lines, "", _wrap(DISCLAIMER, 0)])


def _answer(answer: dict, explain: bool) -> list[str]:
    lines = [f"{answer['question'].upper()}: {answer['title']}", f"  {answer['class']['label']}"]
    if answer["possible"]:
        lines.append(_wrap(f"possible: {', '.join(c['label'] for c in answer['possible'])}", 4))
    if answer["wouldSettle"]:
        lines.append(_wrap(f"what would settle it: {'; '.join(f['label'] for f in answer['wouldSettle'])}", 4))
    for heading, key, sign in (
        ("applies", "applies", "+"),
        ("not known whether it applies", "undetermined", "?"),
        ("does not apply", "doesNotApply", "-"),
    ):
        if answer[key]:
            directing = [s for s in answer[key] if s["directs"]["id"] != "Context"]
            lines += [f"  {heading}:"] * bool(directing)
            for statement in directing:
                lines += _statement(statement, sign, explain)
    context = [statement for statement in answer["applies"] if statement["directs"]["id"] == "Context"]
    if context:
        lines.append("  also bears on it, directing nobody:")
        lines += [_wrap(f"· {s['label']}{_passages(s['passages'])}", 6, first="    ") for s in context]
    for heading, key in (("tensions met", "tensions"), ("left open by", "silences")):
        if answer[key]:
            lines.append(f"  {heading}:")
            lines += [
                _wrap(f"{i['id']}: {i['text']}{_passages(i['passages'])}", 6, first="    ") for i in answer[key]
            ]
    if answer["decisions"]:
        lines.append(_wrap(f"decisions of ours relied on: {', '.join(d['id'] for d in answer['decisions'])}", 4, first="  "))
    if answer["class"]["id"] == "GuidelineSilent" and not answer["silences"]:
        lines.append(f"  the review leaves this open{_passages(answer['leftOpenBy'])}")
    return lines


def _statement(statement: dict, sign: str, explain: bool) -> list[str]:
    who = statement["speaker"] + (f": {', '.join(statement['reportedFrom'])}" if statement["reportedFrom"] else "")
    lines = [_wrap(f"{sign} {statement['label']}{_passages(statement['passages'])}", 6, first="    ")]
    if sign != "-":
        wording = f', in the words "{statement["wording"]}"' if statement["wording"] else ""
        stance = statement["directs"]["label"]
        lines.append(_wrap(f"{stance} ({who}{wording}; {statement['grade']}) {statement['id']}", 6))
    if explain:
        lines += [_wrap(f"{reason['truth']}: {_reason(reason)}", 8, first="      ") for reason in statement["because"]]
    if sign == "+":
        for line in statement["evidence"]:
            figures = ", ".join(f"{f['label']} {f['figure']}".strip() for f in line["findings"])
            trials = ", ".join(line["trials"] or line["cohorts"])
            limits = f"; limits: {', '.join(line['limits'])}" if line["limits"] else ""
            lines.append(_wrap(f"{line['direction']}: {figures} ({trials}{limits})", 8, first="      "))
        if not statement["evidence"]:
            lines.append("      no trial figure stands behind it in the review")
    lines += [f"      last done: {f['label']}: {f['date'] or 'no record'}" for f in statement["lastDone"]]
    return lines


def _reason(reason: dict) -> str:
    owner = f" (cut-off {reason['cutOff'].lower()}: {', '.join(reason['cutOffOf'])})" if reason["cutOffOf"] else ""
    if not reason["facts"]:
        missing = f" (needs: {', '.join(reason['feature'])})" if reason["feature"] and reason["truth"] == "unknown" else ""
        return f"{reason['label']}{owner}{missing}"
    return f"{reason['label']}{owner}: {'; '.join(_fact(fact) for fact in reason['facts'])}"


def _fact(fact: dict) -> str:
    value = f"{fact['value']} {fact['unit']}".strip() or fact["state"]
    return f"{fact['feature']} {value}{', ' + fact['date'] if fact['date'] else ''}"


def _passages(keys: list[str]) -> str:
    return f" [{', '.join(keys)}]" if keys else ""


def _wrap(text: str, indent: int, first: str | None = None) -> str:
    space = " " * indent
    return textwrap.fill(text, _WIDTH, initial_indent=space if first is None else first, subsequent_indent=space)
