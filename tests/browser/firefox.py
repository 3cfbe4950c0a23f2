"""Debian's Firefox, driven by WebDriver BiDi: the standard protocol, by a web socket that Firefox opens itself."""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

from browser.chromium import library, missing

HEARD = ["network.beforeRequestSent", "log.entryAdded"]
PATIENCE = 60.0  # seconds for one answer, on a busy machine


class Firefox:
    """One tab; what it asks for and complains of is kept in ``asked`` and ``told``."""

    def __init__(self, socket):
        self._socket, self._numbers = socket, itertools.count(1)
        self.asked, self.told = [], []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=HEARD)
        self._tab = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def _hear(self, event: dict) -> None:
        said = event["params"]
        if event["method"] == "network.beforeRequestSent":
            self.asked.append(said["request"]["url"])
        else:
            self.told.append(f"{said['level']}: {said['text']}")

    def _send(self, method: str, **parameters):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer["type"] == "event":
                self._hear(answer)
            elif answer["id"] == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, address: str) -> None:
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> str:
        """Return what an expression of JavaScript gives, which must be text."""
        given = self._send("script.evaluate", expression=expression, target={"context": self._tab}, awaitPromise=True)
        assert given["type"] == "success", given
        return given["result"]["value"]


@contextmanager
def started():
    """Firefox without a window, with an empty profile of its own."""
    program = shutil.which("firefox-esr")
    if not program:
        missing("Firefox")
    connect = library("websockets.sync.client").connect
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            lines = iter(running.stderr.readline, "")
            said = next(line for line in lines if "WebDriver BiDi listening" in line)
            address = re.search(r"ws://\S+", said)[0]
            with connect(f"{address}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            running.terminate()
            running.wait(timeout=PATIENCE)
