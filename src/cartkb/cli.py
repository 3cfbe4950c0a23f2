"""The command line: the only module that prints or exits."""

import importlib
import pkgutil
import sys
from pathlib import Path

import click

from cartkb import __version__, commands
from cartkb.console import fail, knowledge_of, problems_exit, progress, progress_end
from cartkb.problems import Problem

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


class _Commands(click.Group):
    """The commands of this module, and those of ``cartkb.commands``, which are imported when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        modules = (module.name for module in pkgutil.iter_modules(commands.__path__))
        return sorted({*super().list_commands(context), *modules})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        found = super().get_command(context, name)
        if found is None and name in self.list_commands(context):
            found = importlib.import_module(f"cartkb.commands.{name}").command
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cartkb")
@click.option("--home", type=click.Path(path_type=Path), help="Folder that holds ontology/ and guideline/.")
@click.pass_context
@problems_exit
def main(context: click.Context, home: Path | None) -> None:
    """A guideline knowledge base that people can read, query, compute with and check.

    Exit codes: 0 all well, 1 problems found, 2 wrong use.
    """
    context.obj = lambda: knowledge_of(home)


@main.command()
@_FILES
@click.option("--referee", is_flag=True, help="Ask pyshacl too, which others made, and say where it disagrees. Slow.")
@click.pass_obj
@problems_exit
def validate(knowledge, files: tuple[Path, ...], referee: bool) -> None:
    """Validate files of patients against the shapes."""
    from cartkb.loaded import patients_of
    from cartkb.shacl.validate import validate_patients

    base = knowledge()
    patients = base.read_patients(files)
    if referee:
        from cartkb.shacl.referee import disputed

        problems = [
            Problem("pyshacl", 0, said, fix="tell its authors or us", code="disputed")
            for said in disputed(base, patients)
        ]
        if problems:
            fail(problems)
    if problems := validate_patients(base, patients):
        fail(problems)
    click.echo(f"valid: {len(patients_of(patients))} patients" + (", and pyshacl says the same" if referee else ""))


@main.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.pass_obj
@problems_exit
def query(knowledge, name: str, form: str) -> None:
    """Answer a named question of ontology/questions/, or a SPARQL file of your own."""
    from cartkb import queries

    base = knowledge()
    names, rows = queries.run_query(base, queries.find_query(base, name))
    write = {"table": queries.as_table, "csv": queries.as_csv, "json": queries.as_json}[form]
    click.echo(write(names, rows), nl=False)


@main.command()
@click.argument("out", default="site", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--source",
    "copy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the review: pages then show its sentences, where they verify.",
)
@click.option("--search", is_flag=True, help="With a search page: npm is asked for the library that it runs on.")
@click.pass_obj
@problems_exit
def build(knowledge, out: Path, copy: Path | None, search: bool) -> None:
    """Render the website into a folder (default: site). Whatever fails leaves the old site as it was."""
    from cartkb.site.render import build as run

    built = run(knowledge(), out, progress, copy, search)
    progress_end()
    click.echo(f"{built.pages} pages: open {out / 'index.html'}")
    if built.withheld:
        click.echo(f"not shown, as they differ from the review: {', '.join(built.withheld)}")


@main.group()
def source() -> None:
    """The reviewed article as passages: keys, digests and numerals, never its text."""


@source.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--of", "article", help="The publication whose passages they are, if not the review.")
@click.pass_obj
@problems_exit
def passages(knowledge, table: Path, article: str | None) -> None:
    """Print the Turtle of a table of passages (key, place, text separated by tabs): keys and digests, no text."""
    from cartkb.passages.source import REVIEW, passages_turtle, read_passages, wordings

    click.echo(passages_turtle(read_passages(table), wordings(knowledge()), article or REVIEW), nl=False)


@source.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="List the outcome of every passage.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
@problems_exit
def verify(knowledge, file: Path, everything: bool, form: str) -> None:
    """Hold a copy of the article (plain text, or a table of passages) against every passage.

    Plain text is best taken out of a PDF in reading order (pdftotext without -layout). Names each
    passage that differs, what differs, and every claim that depends on it, directly or through
    others. Exit code 0 only if every passage is confirmed.
    """
    from cartkb.passages import copy_report
    from cartkb.passages.dependents import Dependents
    from cartkb.passages.verification import verify as run

    progress("comparing")
    base = knowledge()
    outcomes, dependents = run(base, file), Dependents(base)
    progress_end()
    problems = copy_report.problems(outcomes, dependents, file)
    if form == "json":
        click.echo(copy_report.as_json(outcomes, dependents))
        sys.exit(1 if problems else 0)
    if everything:
        click.echo(copy_report.listing(outcomes))
    click.echo(copy_report.summary(outcomes))
    if problems:
        fail(problems)
