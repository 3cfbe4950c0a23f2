"""cartkb diff: what changed between two versions, and what it does to patients."""

import json
import sys
from pathlib import Path

import click

from cartkb.console import problems_exit, progress, progress_end


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option(
    "--regions", default=3, show_default=True, help="Regions told for each two classes that patients move between."
)
@click.option("--pages", is_flag=True, help="Draw both sites, and list every page that differs.")
@click.option(
    "--witnesses",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for a patient of each region, as Turtle that cartkb infer reads.",
)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--exit-code", "exits", is_flag=True, help="Exit with 1 where the versions differ, for scripts.")
@click.pass_obj
@problems_exit
def command(knowledge, old: str, new: str | None, regions: int, pages: bool, witnesses, form: str, exits: bool) -> None:
    """Compare two versions: what is said otherwise, which patients get another answer, and what a release needs.

    OLD and NEW are folders that hold ontology/ and guideline/, or revisions of git; NEW is the knowledge base here
    unless it is named. Patients are compared by the cases, and over the whole decision space by proof; each region that
    moves comes with the smallest patient that shows it.
    """
    from cartkb.difference.comparison import Asked, compare
    from cartkb.difference.versions import NoGitError, opened

    here = knowledge().home
    asked = Asked(regions, pages, here if (here / "site_templates").is_dir() else None)
    try:
        with opened(old, here) as before, opened(new or str(here), here) as now:
            found = compare(before, now, asked, progress)
            progress_end()
            _tell(found, form, witnesses)
    except NoGitError as error:
        fix = "name folders that hold ontology/ and guideline/ instead, or install git"
        raise click.UsageError(
            f"{error} is no folder, and a revision needs git, which is not installed: {fix}"
        ) from None
    if exits and not found.is_empty:
        sys.exit(1)


def _tell(found, form: str, witnesses: Path | None) -> None:
    from cartkb.difference.data import as_data
    from cartkb.difference.lines import as_markdown, as_text
    from cartkb.difference.report import Report

    if witnesses:
        witnesses.mkdir(parents=True, exist_ok=True)
        for region in found.regions_moved:
            (witnesses / f"{region.witness.name}.ttl").write_text(region.witness.turtle, encoding="utf-8")
    if form == "json":
        click.echo(json.dumps(as_data(found), indent=2, ensure_ascii=False))
        return
    write = {"text": as_text, "markdown": as_markdown}[form]
    click.echo(write(Report(found).lines()), nl=False)
