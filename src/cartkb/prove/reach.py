"""Reach: everything that is written can matter to somebody, and nothing applies to everybody unnoticed."""

import z3

from cartkb.names import CKB
from cartkb.prove.base import Criterion, Statement
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.witness import witness


def reach(space: Space, place: Place) -> Proof:
    """Prove that criteria, operands, statements, exceptions, factors and silences all can turn out either way."""
    proof, base = Proof(), space.base
    for criterion in base.criteria.values():
        proof.findings += _criterion(space, place, criterion)
    broken = {finding.problem.what.split()[0] for finding in proof.findings}
    for criterion in base.criteria.values():
        if criterion.name not in broken and broken.isdisjoint(criterion.operands):
            proof.findings += _operands(space, place, criterion)
    for statement in base.statements.values():
        if statement.population not in broken:
            proof.findings += _statement(space, place, statement)
    proof.findings += _factors(space, place, broken) + _silences(space, place, broken)
    if not proof.findings:
        operands = sum(len(c.operands) for c in base.criteria.values())
        exceptions = sum(len(s.exceptions) for s in base.statements.values())
        ruled_out = sum(bool(s.ruled_out_by) for s in base.statements.values())
        proof.said += [
            f"Reached: each of {several(len(base.criteria), 'criterion', 'criteria')} can be true, false and unknown"
            f" and is never true and false at once; each of {several(operands, 'operand')} can decide its criterion"
            " alone.",
            f"Reached: each of {several(len(base.statements) - ruled_out, 'statement')} applies to some patient to whom"
            " its question is open and, unless it is for all in scope, fails for another; of"
            f" {several(exceptions, 'exception')} none is idle; {ruled_out} more are ruled out by a decision.",
            f"Reached: {several(len(base.factors), 'factor')} and {several(len(base.silences), 'silence')} are met by"
            f" somebody in scope, and each factor is absent in somebody. {_unasked(space)}",
        ]
    return proof


def _unasked(space: Space) -> str:
    """Return in words which factors no statement, silence or question asks for."""
    base = space.base
    asked = {name for s in base.statements.values() for name in (s.population, *s.exceptions)}
    asked |= {s.population for s in base.silences.values()}
    queue = list(asked)
    while queue:
        below = set(base.criteria[queue.pop()].operands) - asked
        asked |= below
        queue += below
    names = [name for name, (_, criterion) in base.factors.items() if criterion not in asked]
    return f"{several(len(names), 'factor')} no statement turns on: {', '.join(names) or 'none'}."


def _criterion(space: Space, place: Place, criterion: Criterion) -> list[Finding]:
    true, false = space.true[criterion.name], space.false[criterion.name]
    findings = []
    if model_conditions := [true, false] if space.some(true, false) else []:
        what = f"{criterion.name} is true and false of one patient"
        why, fix = "two answers would follow from the same facts", "ask for one record, or for another window"
        shown = witness(space, f"both-{criterion.name}", what, model_conditions)
        findings.append(Finding("contradiction", place(criterion.iri, what, why, fix), shown))
    for name, condition in (("true", true), ("false", false), ("unknown", space.unknown(criterion.name))):
        if space.some(condition) or _inherited(space, criterion, name):
            continue
        what = f"{criterion.name} can never be {name}"
        why = f"nobody could ever be told otherwise by {', '.join(_users(space, criterion.name)) or 'it'}"
        fix = "look for operands that contradict or repeat each other, or for a limit outside the possible values"
        findings.append(Finding("unreachable", place(criterion.iri, what, why, fix), None))
    return findings


def _inherited(space: Space, criterion: Criterion, name: str) -> bool:
    """Say whether an operand already has this fault, so that it need not be told of its users as well."""
    turned = {"true": "false", "false": "true", "unknown": "unknown"}[name] if criterion.kind == "Not" else name
    truth = {"true": space.true, "false": space.false}
    conditions = [truth[turned][o] if turned in truth else space.unknown(o) for o in criterion.operands]
    never = [not space.some(condition) for condition in conditions]
    return any(never) if criterion.kind != "AnyOf" or name == "false" else bool(never) and all(never)


def _users(space: Space, name: str) -> list[str]:
    statements = [s.name for s in space.base.statements.values() if name in (s.population, *s.exceptions)]
    composites = [c.name for c in space.base.criteria.values() if name in c.operands]
    return statements + composites + [s.name for s in space.base.silences.values() if name == s.population]


def _operands(space: Space, place: Place, criterion: Criterion) -> list[Finding]:
    findings, total = [], len(criterion.operands)
    for operand in criterion.operands if total > 1 else ():
        others = [name for name in criterion.operands if name != operand]
        true, false = [space.true[o] for o in others], [space.false[o] for o in others]
        needed = criterion.minimum - 1
        waits = [_exactly(true, needed), _exactly(false, total - 1 - needed)]
        # it must keep an all-of from being true, and any other from not being true
        turns = z3.Not(space.true[operand]) if criterion.kind == "AllOf" else space.true[operand]
        if not space.some(*waits, turns):
            what = f"{operand} never decides {criterion.name}: the other operands do"
            why = "a condition that changes nothing misleads whoever reads it"
            fix = "take it out of ckb:operand, or correct the operand that repeats or contradicts it"
            findings.append(Finding("idle", place(criterion.iri, what, why, fix, CKB + "operand"), None))
    return findings


def _exactly(conditions: list[z3.BoolRef], number: int) -> z3.BoolRef:
    return z3.PbEq([(condition, 1) for condition in conditions], number)


def _statement(space: Space, place: Place, statement: Statement) -> list[Finding]:
    answers, findings = space.answers, []
    is_open = answers.open[statement.question]
    told = [is_open, answers.applies[statement.name]]
    if statement.ruled_out_by:
        return _ruled_out(space, place, statement, told)
    if not space.some(*told):
        excepted = " outside its exceptions" if statement.exceptions else ""
        what = f"{statement.name} applies to nobody to whom the question {statement.question} is open{excepted}"
        conditions = [is_open, space.true[statement.population]]
        shown = witness(space, f"never-{statement.name}", what, conditions) if space.some(*conditions) else None
        why, fix = "it can be part of no answer", "correct its ckb:population or ckb:exceptWhen"
        return [Finding("unreachable", place(statement.iri, what, why, fix, CKB + "population"), shown)]
    scope = space.base.questions[statement.question].scope
    if statement.population != scope and not space.some(is_open, answers.fails[statement.name]):
        what = f"{statement.name} applies to everybody to whom the question {statement.question} is open"
        why, fix = (
            "its population reads like a condition and is none",
            f"write ckb:population ckbg:{scope}, or correct it",
        )
        shown = witness(space, f"always-{statement.name}", what, [is_open, answers.applies[statement.name]])
        findings.append(Finding("vacuous", place(statement.iri, what, why, fix, CKB + "population"), shown))
    for exception in statement.exceptions:
        rest = [space.false[e] for e in statement.exceptions if e != exception]
        if not space.some(is_open, space.true[statement.population], space.true[exception], *rest):
            what = f"the exception {exception} takes nobody out of {statement.name}"
            why, fix = "it reads like a limit and is none", "remove ckb:exceptWhen, or correct the criterion"
            findings.append(Finding("idle", place(statement.iri, what, why, fix, CKB + "exceptWhen"), None))
    return findings


def _ruled_out(space: Space, place: Place, statement: Statement, told: list[z3.BoolRef]) -> list[Finding]:
    if not space.some(*told):
        return []
    what = f"{statement.name} can be part of an answer, which {statement.ruled_out_by} is said to rule out"
    problem = place(statement.iri, what, "the remark misleads", "take out ckb:ruledOutBy", CKB + "ruledOutBy")
    return [Finding("ruled-out", problem, witness(space, f"applies-{statement.name}", what, told))]


def _factors(space: Space, place: Place, broken: set[str]) -> list[Finding]:
    in_scope, findings = z3.Or(list(space.answers.open.values())), []
    for name, (iri, criterion) in space.base.factors.items():
        for word, truth in (("present", space.true), ("absent", space.false)):
            if criterion not in broken and not space.some(in_scope, truth[criterion]):
                why, fix = "it tells nobody in scope from anybody else", "correct its ckb:definingCriterion"
                problem = place(iri, f"the factor {name} can never be {word} in scope", why, fix)
                findings.append(Finding("unreachable", problem, None))
    return findings


def _silences(space: Space, place: Place, broken: set[str]) -> list[Finding]:
    findings = []
    for silence in space.base.silences.values():
        met = [space.answers.open[silence.question], space.true[silence.population]]
        if silence.population not in broken and not space.some(*met):
            why, fix = "it is shown to nobody", "correct its ckb:population, or remove it"
            what = f"the silence {silence.name} holds for nobody to whom the question {silence.question} is open"
            findings.append(Finding("unreachable", place(silence.iri, what, why, fix, CKB + "population"), None))
    return findings
