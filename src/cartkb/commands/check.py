"""cartkb check: everything that must hold, and everything that does not, with its place and its repair."""

import sys
from pathlib import Path

import click

from cartkb.console import problems_exit, progress, progress_end


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--fast", is_flag=True, help="Only what takes a second: no shapes, cases, questions, logic and proofs.")
@click.option("--all", "everything", is_flag=True, help="Show also what may only follow from other problems.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True
)
@click.pass_obj
@problems_exit
def command(knowledge, files: tuple[Path, ...], fast: bool, everything: bool, form: str) -> None:
    """Check everything: files, names, queries, figures, shapes, cases, competency questions, logic.

    With FILES, tell only of them, and leave out what rests on everything, such as the cases. What may only follow
    from another problem is counted and not shown. cartkb explain CODE explains the code at the end of a complaint.
    """
    from cartkb.checking import problem_formats as formats
    from cartkb.checking.check import check

    base = knowledge()
    done = check(base, progress, fast=fast, only=[path.resolve() for path in files])
    progress_end()
    told = sorted([*done.problems, *done.following]) if everything else done.problems
    if form == "text":
        _print(done, told)
    elif form == "json":
        click.echo(formats.as_json(told, done.counts, done.notes, len(done.following)))
    elif form == "github":
        click.echo(formats.as_github(told), nl=bool(told))
    else:
        from cartkb.checking.complaints import complaints
        from cartkb.checking.reading import readable

        click.echo(formats.as_sarif(told, complaints(readable(base)[0])))
    sys.exit(1 if done.problems else 0)


def _print(done, told: list) -> None:
    from cartkb.checking.problem_formats import as_text

    for note in done.notes:
        click.echo(note)
    if not told:
        click.echo("all well: " + ", ".join(f"{count} {name}" for name, count in done.counts.items()))
        return
    click.echo(as_text(told), err=True)
    more = len(done.following) if len(told) == len(done.problems) else 0
    also = f"; {more} more may only follow from these (--all shows them)" if more else ""
    click.echo(f"{len(told)} problem{'s' if len(told) != 1 else ''}{also}", err=True)
