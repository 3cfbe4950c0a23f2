"""cartkb watch: the site in a browser while its author works, with what is wrong on top."""

import gc
import threading
import time

import click

from cartkb.console import fail, problems_exit, progress, progress_end

_PAUSE = 0.2  # seconds between two looks at the files


@click.command()
@click.option("--port", default=8642, show_default=True, help="The port of this machine at which the site is shown.")
@click.pass_obj
@problems_exit
def command(knowledge, port: int) -> None:
    """Show the site in a browser, check each file on saving it, and show what is wrong there and here.

    Only this machine sees it. Checked is what cartkb check --fast checks. Nothing is written. Ctrl-C ends it.
    """
    from cartkb.problems import Problem
    from cartkb.watching.server import Server
    from cartkb.watching.watch import Watch, as_text

    progress("reading")
    watch = Watch(knowledge().home)
    try:
        server = Server(watch, port)
    except OSError as error:
        watch.close()
        fix = "end the program that uses it, or choose another with --port"
        fail([Problem(f"port {port}", 0, f"cannot be used: {error.strerror}", fix=fix, code="port-in-use")])
    try:
        progress("checking")
        problems = watch.check()
        progress("working out the answers of the cases")
        watch.take_answers(wait=True)
        progress_end()
        gc.freeze()  # what has been read stays, so it need not be looked through again and again
        if problems:
            click.echo(as_text([watch.home], problems, watch.following), err=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        click.echo(f"open {server.address} (Ctrl-C ends)")
        while True:
            if changed := watch.look():
                told = as_text(changed, watch.check(), watch.following)
                click.echo(told, err=bool(watch.problems))
            watch.take_answers()
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        click.echo()
    finally:
        server.server_close()
        watch.close()
