"""cartkb changes: what changed since a version, and what the next one has to say of it."""

import click

from cartkb.console import fail, problems_exit
from cartkb.problems import Problem

_SHOWN = 12


@click.command()
@click.option("--since", "name", help="A revision of git, a folder, or a table of marks (.tsv); else the last release.")
@click.option("--all", "everything", is_flag=True, help="Name everything that changed.")
@click.pass_obj
@problems_exit
def command(knowledge, name: str | None, everything: bool) -> None:
    """Say what changed since the last release, sorted by how far it reaches: answers, evidence, or wording.

    What changed is named where the earlier version can be seen; ends with the lines that the release gets when it
    is published as it stands.
    """
    from cartkb.releasing import fingerprint, history
    from cartkb.releasing.release import lines_to_publish, needed, since, unnamed

    base = knowledge()
    of, now = since(base), fingerprint.layers(base)
    if not name and (of is None or of.published is None):
        fail([Problem("guideline/releases.ttl", 0, "no release is published yet", fix="give --since")])
    if name:
        before = history.layers_of(base, name)
        reaches = [reach for reach in fingerprint.REACHES if before[reach] != now[reach]]
    else:
        before = history.published_layers(base, of.published.version, of.published.revision, of.published.digests)
        reaches = needed(of.published, now)
    click.echo(f"since {name or of.published.version}: " + (", ".join(reaches) or "nothing has changed"))
    for reach in reaches:
        if reach not in before:
            click.echo(f"{reach}: the earlier version is not in git, so what changed cannot be named")
            continue
        found = fingerprint.changed(before[reach], now[reach])
        listed = found if everything else found[:_SHOWN]
        more = [f"  and {len(found) - len(listed)} more (--all)"] if len(found) > len(listed) else []
        click.echo("\n".join([f"{reach}: {len(found)}", *(f"  {about}" for about in listed), *more]))
        untold = unnamed(base, of.declared, found) if reach == "clinical" and of and of.declared else []
        if untold:
            names = "\n".join(f"  {about}" for about in untold)
            click.echo(f"named in ckb:affects of no clinical change of {of.newest.version}: {len(untold)}\n{names}")
    if of:
        click.echo(f"\nwhen {of.newest.version} is published as it stands:\n{lines_to_publish(now)}")
