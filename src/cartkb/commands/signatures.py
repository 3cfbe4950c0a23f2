"""cartkb signatures: what is signed, by whom, what is void, and what nobody has signed."""

import json
import sys
from dataclasses import asdict

import click

from cartkb.console import problems_exit


@click.command()
@click.option("--list", "state", type=click.Choice(["signed", "void", "unsigned"]), help="List these, by kind.")
@click.option("--strict", is_flag=True, help="Exit with code 1 where a signature is void.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
@problems_exit
def command(knowledge, state: str | None, strict: bool, form: str) -> None:
    """Count what is signed, void and unsigned, by kind.

    A signature is void when the item or one of its parts has changed since. Void ones are never counted as signed.
    """
    from cartkb.queries import as_table
    from cartkb.releasing.signoff import SignOff

    sign_off = SignOff(knowledge().loaded)
    counts, signatures, listed = sign_off.counts(), sign_off.signatures(), sign_off.listed(state) if state else {}
    if form == "json":
        kinds = [{**asdict(count), "unsigned": count.unsigned} for count in counts]
        found = {"kinds": kinds, "signatures": [asdict(s) for s in signatures]} | ({state: listed} if state else {})
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        rows = [[c.kind, *(str(n) for n in (c.items, c.signed, c.void, c.unsigned))] for c in counts]
        total = ["all", *(str(sum(int(row[n]) for row in rows)) for n in range(1, 5))]
        click.echo(as_table(["kind", "items", "signed", "void", "unsigned"], [*rows, total]), nl=False)
        for kind, items in listed.items():
            click.echo("\n".join([f"{kind}:", *(f"  {item}" for item in items)]))
    sys.exit(1 if strict and any(not signature.holds for signature in signatures) else 0)
