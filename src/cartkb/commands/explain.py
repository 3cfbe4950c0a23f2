"""cartkb explain: what the code of a complaint means, with an example and its repair."""

import click

from cartkb.console import problems_exit


@click.command()
@click.argument("code", required=False)
@click.pass_obj
@problems_exit
def command(knowledge, code: str | None) -> None:
    """Explain the code of a complaint, such as undeclared-term; without a code, list them all."""
    from cartkb.checking.complaints import complaints, explanation, find, listing
    from cartkb.checking.reading import readable

    base, _ = readable(knowledge())  # whoever asks has just been told of a mistake
    known = complaints(base)
    click.echo(explanation(find(known, code)) if code else listing(known))
