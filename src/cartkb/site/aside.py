"""Work done beside the drawing of pages, in a process of its own, so that two cores are used.

The process is a new interpreter, not a fork, so it is the same on every system and takes over no thread. It hears
the name of a function of this package and its arguments, and answers with what that returns.
"""

import contextlib
import importlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from cartkb.memory import nothing_swept

_LISTEN = f"from {__name__} import listen; listen()"


class Beside:
    """A queue of work that one other process after the other does; ``close`` ends what is not done yet."""

    def __init__(self) -> None:
        self._queue = ThreadPoolExecutor(max_workers=1)
        self._running: subprocess.Popen | None = None
        self._closed = False

    def do(self, work: Callable, *arguments: Any) -> Callable[[], Any]:
        """Queue a call of a module's function, and return what waits for its result.

        Where the other process fails, for whatever reason, the work is done here instead when it is asked for, so
        that its complaint is raised as it would be without another process.
        """
        done: Future = self._queue.submit(self._elsewhere, work, arguments)

        def result() -> Any:
            told, value = done.result()
            return value if told else work(*arguments)

        return result

    def _elsewhere(self, work: Callable, arguments: tuple) -> tuple[bool, Any]:
        asked = pickle.dumps((work.__module__, work.__name__, arguments))
        with contextlib.suppress(OSError, pickle.UnpicklingError, EOFError):
            if not self._closed:
                command = [sys.executable, "-c", _LISTEN]
                pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
                with subprocess.Popen(command, stderr=subprocess.DEVNULL, **pipes) as self._running:
                    told, _ = self._running.communicate(asked)
                    if self._running.returncode == 0:
                        return True, pickle.loads(told)
        return False, None

    def close(self) -> None:
        """End what is running and forget what is queued."""
        self._closed = True
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
        self._queue.shutdown(cancel_futures=True)


def listen() -> None:
    """Do what is asked on the standard input, and write the result to the standard output."""
    with nothing_swept():
        module, name, arguments = pickle.load(sys.stdin.buffer)
        result = getattr(importlib.import_module(module), name)(*arguments)
        sys.stdout.buffer.write(pickle.dumps(result))
