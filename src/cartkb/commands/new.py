"""cartkb new: begin a file of the knowledge base from its skeleton."""

import sys

import click

from cartkb.authoring.new import Gap, Skeleton, answered, check_name, fill, read_skeletons, write
from cartkb.authoring.terms import Terms, WrongAnswerError
from cartkb.console import knowledge_of, problems_exit
from cartkb.problems import shown


class _Kinds(click.Group):
    """One command for each skeleton, with an option for each of its gaps."""

    @problems_exit
    def list_commands(self, context: click.Context) -> list[str]:
        return list(read_skeletons(_knowledge(context)))

    @problems_exit
    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        skeleton = read_skeletons(_knowledge(context)).get(name)
        return _command(skeleton) if skeleton else None


def _knowledge(context: click.Context):
    return context.obj() if context.obj else knowledge_of(None)


def _command(skeleton: Skeleton) -> click.Command:
    @click.pass_obj
    @problems_exit
    def run(knowledge, name: str, **options: tuple[str, ...]) -> None:
        _begin(skeleton, name, options, knowledge())

    folder, first = skeleton.folder.as_posix(), skeleton.text.partition("\n")[0].removeprefix("# ")
    options = [
        click.Option([f"--{gap.option}", gap.option.replace("-", "_")], multiple=True, metavar="TEXT", help=gap.asked)
        for gap in skeleton.gaps
    ]
    return click.Command(
        skeleton.kind,
        params=[click.Argument(["name"]), *options],
        callback=run,
        short_help=f"A query in {folder}/." if skeleton.is_query else first,
        help=f"Begin {folder}/NAME{skeleton.path.suffix}. What is not answered stays in the file as a gap, and check"
        " names it. An option may be given more than once.",
    )


def _begin(skeleton: Skeleton, name: str, options: dict[str, tuple[str, ...]], knowledge) -> None:
    terms = Terms(knowledge)
    answers = {gap.option: list(options[gap.option.replace("-", "_")]) for gap in skeleton.gaps}
    try:
        check_name(skeleton, name, knowledge, terms)
        if sys.stdin.isatty():
            _ask(skeleton, answers, terms)
        text, gaps = fill(skeleton, name, answers, terms)
    except WrongAnswerError as error:
        raise click.UsageError(str(error)) from None
    path = write(skeleton, name, text, knowledge)
    click.echo(f"written: {shown(path)}")
    click.echo(f"gaps in it: {gaps}; cartkb check names each" if gaps else "no gaps in it; now run cartkb check")


def _ask(skeleton: Skeleton, answers: dict[str, list[str]], terms: Terms) -> None:
    """Ask for what was not given as an option; an empty answer leaves a gap."""
    for gap in skeleton.gaps:
        while not answers[gap.option]:
            answer = click.prompt(f"{gap.option} ({gap.asked})", default="", show_default=False, err=True).strip()
            if not answer:
                break
            if _stands(gap, answer, terms):
                answers[gap.option] = [answer]


def _stands(gap: Gap, answer: str, terms: Terms) -> bool:
    try:
        if gap.predicate:
            answered(gap, [answer], terms)
    except WrongAnswerError as error:
        click.echo(str(error), err=True)
        return False
    return True


@click.group("new", cls=_Kinds)
def command() -> None:
    """Begin a file: a trial, factor, statement, case, reference, tension, decision, question, check ..."""
