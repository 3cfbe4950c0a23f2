"""cartkb ontology: what an ontology editor left of the vocabulary."""

from pathlib import Path

import click

from cartkb.console import problems_exit


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@problems_exit
def command(knowledge, file: Path) -> None:
    """Say what a file of an ontology editor says otherwise than the vocabulary.

    Reads RDF/XML (.rdf, .owl), OWL/XML (.owx) and functional syntax (.ofn), such as Protégé writes. Comments,
    order and prefixes are not compared. Exit code 0 whether anything differs or not.
    """
    from cartkb.logic.owl_files import differences, read, vocabulary

    lost, new = differences(vocabulary(knowledge()), read(file))
    for heading, lines in (("only in ontology/", lost), (f"only in {file.name}", new)):
        if lines:
            click.echo("\n".join([f"{heading}:", *(f"  {line}" for line in lines)]))
    click.echo("says the same as ontology/" if not lost and not new else f"{len(lost)} missing, {len(new)} new")
