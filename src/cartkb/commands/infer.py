"""``cartkb infer``: what the review says for patients, and why."""

import json
from datetime import date
from pathlib import Path

import click

from cartkb.console import problems_exit, progress, progress_end

FEW = 20  # patients for whom it is also looked up, unasked, what would settle an answer for which data are missing


@click.command("infer")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to answer for; nothing later is seen.")
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True)
@click.option("--brief", is_flag=True, help="Text without the criteria behind each statement.")
@click.option(
    "--explain", is_flag=True, help="Also the proof tree, the nearest other answer and who stood in the cohorts."
)
@click.option("--why-not", "wanted", metavar="CLASS", help="Say what stands between a patient and an answer.")
@click.option(
    "--settle/--no-settle", default=None, help=f"Say what would settle an answer (unasked up to {FEW} patients)."
)
@click.pass_obj
@problems_exit
def command(knowledge, files, as_of, form: str, brief: bool, explain: bool, wanted: str | None, settle: bool | None):
    """Say what the review says for patients: who, when, before, how, what to watch, and why.

    Reads Turtle, JSON-LD, N-Triples and N-Quads. An invalid patient gets no answer.
    """
    from cartkb.loaded import patients_of
    from cartkb.reasoning import report
    from cartkb.reasoning.answers import Explainer
    from cartkb.reasoning.reason import Reasoner
    from cartkb.shacl.validate import valid_patients
    from cartkb.turtle import conclusions_turtle

    base = knowledge()
    if wanted:
        wanted = _answer_class(base, wanted)
    patients = valid_patients(base, files)
    settle = len(patients_of(patients)) <= FEW if settle is None else settle
    day: date | None = as_of.date() if as_of else None
    signed = any((base.guideline_folder / "signatures").glob("*"))
    done, texts = 0, []
    reasoner = Reasoner(base)
    for inference in reasoner.infer(patients, day):
        if form == "turtle":
            texts.append(conclusions_turtle(inference.derived))
        else:
            explainer = Explainer(inference)
            for patient in inference.patients:
                told = explainer.explain(patient)
                if settle or explain or wanted:
                    _contrast(base, explainer, patients, patient, day, told, explain, wanted)
                texts.append(told if form == "json" else _text(report, told, brief, signed))
        done += len(inference.patients)
        progress(f"{done} patients")
    progress_end()
    click.echo(json.dumps(texts, indent=2, ensure_ascii=False) if form == "json" else "\n\n".join(texts))


def _answer_class(base, wanted: str) -> str:
    """Return the name of an answer class as the vocabulary writes it. Raises a usage error naming all there are."""
    query = "SELECT ?class WHERE { ?class a <https://w3id.org/cartkb/vocab/RecommendationClass> } ORDER BY ?class"
    names = [row["class"].value.rsplit("/", 1)[-1] for row in base.select(query)]
    found = next((name for name in names if name.lower() == wanted.lower().replace(" ", "")), None)
    if found is None:
        raise click.UsageError(f"--why-not {wanted}: one of {', '.join(names)}")
    return found


def _contrast(base, explainer, patients, patient, day, told: dict, explain: bool, wanted: str | None) -> None:
    """Add to an explanation what would settle its answers, and, where asked for, what would move them."""
    import pyoxigraph as ox

    from cartkb.names import CKBG, local_name
    from cartkb.reasoning.contrast import Contrast
    from cartkb.reasoning.proof import Likeness, cohorts_behind, proof
    from cartkb.reasoning.settle import UNSETTLED

    contrast = Contrast(base, explainer, patients, patient, day)
    for answer in told["answers"]:
        unsettled = answer["class"]["id"] == UNSETTLED
        answer["settled"] = contrast.settled(answer["question"]) if unsettled else None
        answer["idle"] = [] if unsettled else contrast.idle(answer["question"])
        if wanted and answer["takesSides"]:
            answer["whyNot"] = contrast.why_not(answer["question"], wanted)
        if explain:
            names = [s["id"] for key in ("applies", "undetermined") for s in answer[key]]
            statements = [ox.NamedNode(CKBG + name) for name in names]
            answer["proofs"] = [proof(explainer, patient, statement) for statement in statements]
            if answer["takesSides"]:
                answer["nearest"] = contrast.nearest(answer["question"])
                likeness = Likeness(base, explainer, patient)
                answer["cohorts"] = [
                    {"id": local_name(c), "label": explainer.label(c), "respects": likeness.of(c)}
                    for c in cohorts_behind(explainer, statements)
                ]


def _text(report, told: dict, brief: bool, signed: bool) -> str:
    parts = [report.report(told, not brief, signed)]
    for answer in told["answers"]:
        if "whyNot" in answer:
            parts.append(report.contrast(answer["whyNot"]))
        parts += [report.proof(proof) for proof in answer.get("proofs", [])]
        if answer.get("nearest"):
            parts.append(f"{answer['question'].upper()}\n{report.nearest(answer['nearest'])}")
        if answer.get("cohorts"):
            parts.append(report.likeness(answer["cohorts"]))
    return "\n\n".join(parts)
