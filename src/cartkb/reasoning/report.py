"""Explanations as text for a terminal: the answer first, then what it rests on, then what is missing."""

import textwrap
from collections import Counter

_WIDTH = 96
_DISCLAIMER = (
    "What a review of 2020 says about patients like this one. Not an order, not a probability, not a medical"
    " device; newer trials are not included, and "
)
_SIGNED = {
    False: "no clinician has signed this knowledge base yet.",
    True: "cartkb signatures says which of it is signed, and by whom.",
}


_STANCES = (("for", "speaks for it"), ("against", "speaks against it"), ("neutral", "takes no side"))


def report(explanation: dict, explain: bool = True, signed: bool = False) -> str:
    """Return the text for one patient: shortly, or with the criteria behind each statement.

    ``signed`` says that there are signatures to be looked up.
    """
    days = explanation["daysSinceInfusion"]
    day = "no infusion yet" if days is None else f"day {days} after infusion"
    lines = [f"{explanation['label']}  (as of {explanation['asOf']}, {day})"]
    if explanation["notSeen"]:
        lines.append(_wrap(f"not used, dated later or undated: {', '.join(explanation['notSeen'])}", 2))
    for answer in explanation["answers"]:
        lines += ["", *_answer(answer, explain)]
    return "\n".join([*lines, "", _wrap(_DISCLAIMER + _SIGNED[signed], 0)])


def _answer(answer: dict, explain: bool) -> list[str]:
    lines = [f"{answer['question'].upper()}: {answer['title']}", f"  {answer['class']['label']}"]
    if answer.get("settled"):
        lines += _settled(answer["settled"])
    elif answer["possible"]:
        lines.append(_wrap(f"possible: {', '.join(c['label'] for c in answer['possible'])}", 4))
        lines.append(_wrap(f"what would settle it: {'; '.join(f['label'] for f in answer['wouldSettle'])}", 4))
    if answer.get("idle"):
        lines.append(_wrap(f"not known, and cannot change that: {_labels(answer['idle'])}", 4))
    directing = [s for s in answer["applies"] if s["directs"]["id"] != "Context"]
    for stance, heading in _STANCES if answer["takesSides"] else ():
        of_stance = [s for s in directing if s["stance"] == stance]
        lines += _statements(heading, of_stance, "+", explain)
        directing = [s for s in directing if s not in of_stance]
    lines += _statements("applies", directing, "+", explain)
    lines += _statements("not known whether it applies", answer["undetermined"], "?", explain)
    if explain:
        lines += _statements("does not apply", answer["doesNotApply"], "-", explain)
    elif answer["doesNotApply"]:
        lines.append(f"  does not apply: {len(answer['doesNotApply'])} statements (told without --brief)")
    context = [statement for statement in answer["applies"] if statement["directs"]["id"] == "Context"]
    if context:
        lines.append("  also bears on it, directing nobody:")
        lines += [_wrap(f"· {s['label']}{_passages(s['passages'])}", 6, first="    ") for s in context]
    for heading, key in (("tensions met", "tensions"), ("left open by", "silences")):
        if answer[key]:
            lines.append(f"  {heading}:")
            lines += [_wrap(f"{i['id']}: {i['text']}{_passages(i['passages'])}", 6, first="    ") for i in answer[key]]
    if answer["decisions"]:
        lines.append(
            _wrap(f"decisions of ours relied on: {', '.join(d['id'] for d in answer['decisions'])}", 4, first="  ")
        )
    if answer["class"]["id"] == "GuidelineSilent" and not answer["silences"]:
        lines.append(f"  the review leaves this open{_passages(answer['leftOpenBy'])}")
    return lines


def _statements(heading: str, statements: list[dict], sign: str, explain: bool) -> list[str]:
    directing = [statement for statement in statements if statement["directs"]["id"] != "Context"]
    lines = [f"  {heading}:"] * bool(directing)
    for statement in directing:
        lines += _statement(statement, sign, explain)
    return lines


def _labels(items: list[dict]) -> str:
    return ", ".join(item["label"] for item in items)


def _settled(settled: dict) -> list[str]:
    """Return what would settle an answer for which data are missing: each way in which the facts could come out."""
    lines = []
    if settled["complete"] and len(settled["possible"]) == 1:
        lines.append(_wrap(f"whatever the missing facts are, the answer is: {_labels(settled['possible'])}", 4))
        return lines
    more = f"; perhaps also: {_labels(settled['perhaps'])}" if settled["perhaps"] else ""
    lines.append(_wrap(f"possible: {_labels(settled['possible'])}{more}", 4))
    for heading, groups in (("this settles it", settled["settling"]), ("this may settle it", settled["maySettle"])):
        for outcomes in groups:
            features = " and ".join(dict.fromkeys(s["feature"]["label"] for o in outcomes for s in o["if"]))
            lines.append(_wrap(f"{heading}: {features}", 4))
            otherwise = _otherwise(outcomes) if groups is settled["settling"] else ""
            told = [outcome for outcome in outcomes if outcome["class"]["label"] != otherwise]
            ways = [f"{_condition(outcome)}: {outcome['class']['label']}" for outcome in told]
            ways += [f"otherwise: {otherwise}"] if otherwise else []
            lines += [_wrap(way, 8, first="      ") for way in ways]
    if settled["open"] and not settled["settling"]:
        some = "no three facts settle it" if settled["allSets"] else "no facts were found that settle it"
        lines.append(_wrap(f"{some} for sure; open are: {_labels(settled['open'])}", 4))
    return lines


def _otherwise(outcomes: list[dict]) -> str:
    """Return the class of most ways in which facts that decide could come out, if it is that of more than two."""
    counts = Counter(outcome["class"]["label"] for outcome in outcomes)
    most = min(counts, key=lambda label: (-counts[label], label))
    return most if 2 < counts[most] < len(outcomes) else ""


def _condition(outcome: dict) -> str:
    parts = [
        ("" if truth["truth"] == "true" else "not ") + f"({truth['criterion']['label']})"
        for supplement in outcome["if"]
        for truth in supplement["truths"]
    ]
    return "if " + " and ".join(parts)


def contrast(told: dict) -> str:
    """Return the text that says why an answer is not another class."""
    lines = [
        f"WHY NOT {told['wanted']['label'].upper()}? The answer to {told['question']} is: {told['answer']['label']}"
    ]
    if told["instead"]:
        lines.append(_wrap(f"because of: {_labels(told['instead'])}", 4, first="  "))
    for statement in told["statements"]:
        lines.append(_wrap(f"{statement['statement']['label']} ({statement['statement']['id']})", 4, first="  "))
        lines += [_wrap(f"stands between: {_reason(r)} is {r['truth']}", 8, first="    ") for r in statement["between"]]
        if not statement["between"]:
            lines.append("    nothing stands between: it applies")
    if not told["statements"]:
        lines.append("  no statement of the review says that")
    lines += _changes(told["nearest"], "the smallest change that would give it")
    return "\n".join(lines)


def nearest(changes: list[dict]) -> str:
    """Return the text that lists the smallest changes that move an answer."""
    return "\n".join(_changes(changes, "the smallest changes of what is known that move the answer"))


def _changes(changes: list[dict], heading: str) -> list[str]:
    lines = [f"  {heading}:"] if changes else []
    for change in changes:
        told = " and ".join(f"{s['feature']['label']}: {'; '.join(s['records'])}" for s in change["if"])
        lines.append(_wrap(f"{told} -> {change['class']['label']}", 6, first="    "))
    return lines


def proof(told: dict) -> str:
    """Return a proof as an indented tree: criteria down to facts, evidence down to findings, cohorts and passages."""
    lines = [f"PROOF {told['statement']}: {told['label']}{_passages(told['passages'])}"]
    for name in ("population", "exceptions"):
        for tree in told[name]:
            lines += _tree(tree, 1, "" if name == "population" else "except: ")
    for line in told["evidence"]:
        limits = f" (limits: {', '.join(line['limits'])})" if line["limits"] else ""
        lines.append(_wrap(f"{line['direction']}: {line['label']}{limits}", 4, first="  "))
        for f in line["findings"]:
            lines.append(_wrap(f"{f['label']} {f['figure']}".rstrip() + _passages(f["passages"]), 8, first="    "))
        lines += [_wrap(f"cohort: {label} ({name})", 8, first="    ") for name, label in line["cohortLabels"].items()]
    if not told["evidence"]:
        lines.append("  no trial figure stands behind it in the review")
    return "\n".join(lines)


def _tree(tree: dict, depth: int, lead: str = "") -> list[str]:
    space = "  " * depth
    joins = f" [{tree['joins']}]" if tree["joins"] else ""
    lines = [
        _wrap(f"{lead}{tree['truth']}: {_reason(tree)}{joins}{_passages(tree['passages'])}", 2 * depth + 4, first=space)
    ]
    for operand in tree["operands"]:
        lines += _tree(operand, depth + 1)
    return lines


def likeness(cohorts: list[dict]) -> str:
    """Return the text that says which cohorts behind the answer enrolled somebody like this patient."""
    lines = ["WHO STOOD IN THE COHORTS BEHIND IT"]
    for cohort in cohorts:
        lines.append(f"  {cohort['label']}")
        for respect in cohort["respects"]:
            by = (
                f" ({respect['finding']}{': ' + respect['figure'] if respect['figure'] else ''})"
                if respect["finding"]
                else ""
            )
            lines.append(_wrap(f"{respect['respect']}: {respect['like']}{by}", 8, first="    "))
    return "\n".join(lines) if cohorts else ""


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
    owner = f" (cut-off {reason['cutOff']}: {', '.join(reason['cutOffOf'])})" if reason["cutOffOf"] else ""
    if not reason["facts"]:
        missing = (
            f" (needs: {', '.join(reason['feature'])})" if reason["feature"] and reason["truth"] == "unknown" else ""
        )
        return f"{reason['label']}{owner}{missing}"
    return f"{reason['label']}{owner}: {'; '.join(_fact(fact) for fact in reason['facts'])}"


def _fact(fact: dict) -> str:
    value = fact["measure"] or fact["state"]
    return f"{fact['feature']} {value}{', ' + fact['date'] if fact['date'] else ''}"


def _passages(keys: list[str]) -> str:
    return f" [{', '.join(keys)}]" if keys else ""


def _wrap(text: str, indent: int, first: str | None = None) -> str:
    space = " " * indent
    return textwrap.fill(text, _WIDTH, initial_indent=space if first is None else first, subsequent_indent=space)
