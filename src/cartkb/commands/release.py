"""cartkb release: write the dump of a version."""

from pathlib import Path

import click

from cartkb.console import problems_exit, progress, progress_end


@click.command()
@click.argument("out", default="dump", type=click.Path(path_type=Path, file_okay=False))
@click.option("--draft", is_flag=True, help="Write a version in preparation, too; its description says so.")
@click.pass_obj
@problems_exit
def command(knowledge, out: Path, draft: bool) -> None:
    """Write the newest version into a folder (default: dump), with description and checksums.

    Refused where a check finds anything, or the release is not described in guideline/releases.ttl as it is.
    Whatever fails leaves the old folder as it was.
    """
    from cartkb.publish import publish

    try:
        files = publish(knowledge(), out, draft, progress)
    finally:
        progress_end()
    click.echo("\n".join([*files, f"{len(files)} files in {out}: check them with sha256sum --check SHA256SUMS"]))
