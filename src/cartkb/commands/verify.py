"""Proving the decision space from the command line."""

import importlib.util
import json
import sys
from pathlib import Path

import click

from cartkb.console import fail, problems_exit, progress, progress_end


@click.command()
@click.option(
    "--witnesses",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the witness patients; without it they are printed.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
@problems_exit
def command(knowledge, witnesses: Path | None, form: str) -> None:
    """Prove the whole decision space: every patient answered, no side undeclared, nothing idle, nothing certain wrong.

    Each finding comes with the smallest patient that shows it, as Turtle that cartkb infer reads.
    """
    if importlib.util.find_spec("z3") is None:
        raise click.UsageError("verify needs the prover z3, which is an extra: pip install 'cartkb[proofs]'")
    from cartkb.prove import verify

    proof = verify.verify(knowledge(), progress)
    progress_end()
    shown = [finding.witness for finding in proof.findings if finding.witness]
    if witnesses:
        witnesses.mkdir(parents=True, exist_ok=True)
        for witness in shown:
            (witnesses / f"{witness.name}.ttl").write_text(witness.turtle, encoding="utf-8")
    if form == "json":
        click.echo(json.dumps(verify.as_data(proof), indent=2, ensure_ascii=False))
        sys.exit(1 if proof.findings else 0)
    for sentence in proof.said:
        click.echo(sentence)
    if not witnesses:
        for witness in shown:
            click.echo(f"\n# {witness.name}\n{witness.turtle}", nl=False)
    if proof.findings:
        fail([finding.located(witnesses) for finding in proof.findings])
