"""cartkb sign: print what signs items, for the signer to keep."""

import click

from cartkb.console import problems_exit


@click.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--orcid", required=True, help="Your ORCID iD.")
@click.option("--name", default="", help="Your name, the first time that you sign.")
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which you checked.")
@click.option("--checked", required=True, help="What you held against the passages, in a sentence.")
@click.pass_obj
@problems_exit
def command(knowledge, items: tuple[str, ...], orcid: str, name: str, day, checked: str) -> None:
    """Print the Turtle by which you say that items are as their passages say.

    Nothing is written: add what is printed to the file that is named, and run cartkb check. A later change of
    an item or of its parts voids the signature.
    """
    from cartkb.releasing.signing import sign

    text, file = sign(knowledge(), list(items), orcid, name, day.date().isoformat(), checked)
    click.echo(text, nl=False)
    click.echo(f"add this to guideline/signatures/{file}, in the place of what you signed before", err=True)
