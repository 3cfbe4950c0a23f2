"""A local web server that shows a site while it is being worked on, to this machine only.

Only here are pages given a script that loads them again, and what is wrong on top; the built site has neither.
"""

import functools
import mimetypes
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jinja2

from cartkb.problems import CartkbError, Problem
from cartkb.watching.watch import Watch

HOST = "127.0.0.1"
_HOSTS = {HOST, "localhost"}
_OWN_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HERE = files("cartkb.watching")
_BODY = re.compile(r"<body[^>]*>")
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
</body>
</html>
"""


class Server(ThreadingHTTPServer):
    """Serves one watch on a port of this machine; port 0 takes any that is free."""

    daemon_threads = True

    def __init__(self, watch: Watch, port: int):
        super().__init__((HOST, port), functools.partial(_Handler, watch))

    @property
    def address(self) -> str:
        """Where a browser finds the site."""
        return f"http://{HOST}:{self.server_address[1]}/"


def respond(watch: Watch, target: str) -> tuple[HTTPStatus, str, bytes]:
    """Return status, media type and body for what a browser asks for: a path with its query."""
    path = unquote(urlsplit(target).path).removeprefix("/") or "index.html"
    if path == "watching/token":
        return HTTPStatus.OK, "text/plain", str(watch.token).encode()
    if path in ("watching/refresh.js", "watching/banner.css"):
        kind = mimetypes.guess_type(path)[0] or "text/plain"
        return HTTPStatus.OK, kind, (_HERE / path.rpartition("/")[2]).read_bytes()
    if path.startswith("static/"):
        return _static(watch.home / "site_templates" / "static", path.removeprefix("static/"))
    token = str(watch.token)  # before the page is drawn, so that a change during drawing is not missed
    try:
        page = watch.page(path)
        graph = watch.beside(path) if page is None else None
    except CartkbError as error:
        told = [*error.problems, *(p for p in watch.problems if p not in error.problems)]
        blank = _with_banner(_PAGE.format(title="This page cannot be drawn"), token, told, watch.following)
        return HTTPStatus.INTERNAL_SERVER_ERROR, "text/html", blank
    if page is not None:
        return HTTPStatus.OK, "text/html", _with_banner(page, token, watch.problems, watch.following)
    if graph is not None:
        return HTTPStatus.OK, graph[0], graph[1].encode()
    told = [_nothing_at(path), *watch.problems]
    blank = _with_banner(_PAGE.format(title="No such page"), token, told, watch.following)
    return HTTPStatus.NOT_FOUND, "text/html", blank


def _nothing_at(path: str) -> Problem:
    why = "it may have been renamed; the dump and the files for search engines are written by cartkb build only"
    return Problem(f"/{path}", 0, "no page has this address", why, "go back, or open /index.html")


def _with_banner(page: str, token: str, problems: list[Problem], following: int) -> bytes:
    banner = _template().render(token=token, problems=problems, following=following)
    page = _OWN_POLICY.sub("", page, count=1)
    return _BODY.sub(lambda found: f"{found[0]}\n{banner}", page, count=1).encode()


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((_HERE / "banner.html.j2").read_text(encoding="utf-8"))


def _static(folder: Path, name: str) -> tuple[HTTPStatus, str, bytes]:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return HTTPStatus.NOT_FOUND, "text/plain", b"not there\n"
    return HTTPStatus.OK, mimetypes.guess_type(path.name)[0] or "application/octet-stream", path.read_bytes()


class _Handler(BaseHTTPRequestHandler):
    timeout = 10  # browsers open connections ahead of need and leave them

    def __init__(self, watch: Watch, *arguments):
        self._watch = watch
        super().__init__(*arguments)

    def do_GET(self) -> None:
        # another site may let its name lead here, and would then read what is shown
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _HOSTS:
            return self._send(HTTPStatus.FORBIDDEN, "text/plain", b"this server is for this machine only\n")
        return self._send(*respond(self._watch, self.path))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing: the terminal is for what is wrong."""
