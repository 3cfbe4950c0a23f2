"""cartkb watch: what a save changes on the page and in the terminal, and what the server shows to whom.

The loop is driven by calls; nothing here waits for a clock.
"""

import http.client
import os
import re
import shutil
import threading

import pytest

from cartkb.watching.folder import Folder
from cartkb.watching.server import HOST, Server, respond
from cartkb.watching.watch import Watch, as_text
from conftest import HOME, PARTS

FILE, PAGE = "guideline/publications/balduzzi-2008.ttl", "/references/balduzzi-2008.html"


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    home = tmp_path_factory.mktemp("watched")
    for part in PARTS:
        shutil.copytree(HOME / part, home / part)
    watch = Watch(home)
    watch.take_answers(wait=True)
    yield watch
    watch.close()


def save(watch, file, old, new):
    """Replace a text that stands in a file, and give the file a time of its own."""
    path = watch.home / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    times = path.stat()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))


@pytest.fixture
def saved(watch):
    """Save a change for the time of one test."""
    changes = []

    def saved(file, old, new):
        changes.append((file, new, old))
        save(watch, file, old, new)
        return watch.look()

    yield saved
    for file, new, old in reversed(changes):
        if new in (watch.home / file).read_text(encoding="utf-8"):
            save(watch, file, new, old)
    watch.look()


def html(watch, address=PAGE):
    return respond(watch, address)[2].decode()


def token(watch):
    return respond(watch, "/watching/token")[2].decode()


def test_a_save_shows_on_the_page_and_calls_for_it_again(watch, saved):
    before = token(watch)
    assert f'data-token="{before}"' in html(watch)
    changed = saved(FILE, '"Balduzzi 2008"@en', '"Balduzzi and others"@en')
    assert [path.name for path in changed] == ["balduzzi-2008.ttl"]
    assert "Balduzzi and others" in html(watch)
    assert token(watch) != before
    assert f'data-token="{token(watch)}"' in html(watch)
    assert watch.look() == []
    assert f'data-token="{token(watch)}"' in html(watch)


def test_an_error_stands_on_every_page_and_in_the_terminal_until_it_is_mended(watch, saved):
    assert 'role="alert"' not in html(watch)
    changed = saved(FILE, "ckb:year ", "ckb:yaer ")
    before = token(watch)
    (problem,) = watch.check()
    assert token(watch) != before
    for page in (html(watch), html(watch, "/")):
        assert page.count('role="alert"') == 1
        assert "ckb:yaer is no word of our vocabulary" in page
        assert "did you mean ckb:year?" in page
        assert re.search(r"balduzzi-2008\.ttl:\d+:\d+", page)
    told = as_text(changed, watch.problems, watch.following)
    assert str(problem) in told
    assert "balduzzi-2008.ttl: 1 problem" in told
    assert saved(FILE, "ckb:yaer ", "ckb:year ")
    assert as_text(changed, watch.check(), 0) == "balduzzi-2008.ttl: all well"
    assert 'role="alert"' not in html(watch)


def test_a_file_that_cannot_be_read_leaves_the_other_pages(watch, saved):
    saved(FILE, 'ckb:year "2008" ;', 'ckb:year "2008"')
    assert [problem.code for problem in watch.check()] == ["missing-semicolon"]
    status, _, page = respond(watch, "/references/index.html")
    assert status == 200
    assert b"balduzzi-2008.ttl:" in page
    saved(FILE, 'ckb:year "2008"', 'ckb:year "2008" ;')
    assert watch.check() == []


def test_a_template_that_cannot_be_drawn_says_so_at_its_line_and_recovers(watch, saved):
    template = "site_templates/reference.html.j2"
    assert saved(template, "{% endblock %}", "{{ no_such_name }}{% endblock %}")
    status, _, page = respond(watch, PAGE)
    assert status == 500
    assert re.search(rb"reference\.html\.j2:\d+", page)
    assert b"no_such_name" in page
    assert b"/watching/refresh.js" in page
    saved(template, "{{ no_such_name }}{% endblock %}", "{% endblock %}")
    assert respond(watch, PAGE)[0] == 200


def test_rules_are_asked_again_only_when_they_read_what_has_changed(watch, saved):
    saved(FILE, '"Balduzzi 2008"@en', '"Balduzzi and others"@en')
    assert not watch.is_reasoning
    saved("guideline/cases/adult-ldh-211.ttl", "211 ;", "205 ;")
    assert watch.is_reasoning
    before = token(watch)
    assert watch.take_answers(wait=True)
    assert token(watch) != before
    assert not watch.is_reasoning
    assert not watch.take_answers(wait=True)


def test_a_file_that_is_gone_is_gone_from_the_site_and_comes_back(watch):
    path, away = watch.home / FILE, watch.home / "away.ttl"
    path.rename(away)
    assert [path.name for path in watch.look()] == ["balduzzi-2008.ttl"]
    assert respond(watch, PAGE)[0] == 404
    away.rename(path)
    assert [path.name for path in watch.look()] == ["balduzzi-2008.ttl"]
    assert respond(watch, PAGE)[0] == 200


def test_what_editors_leave_behind_is_no_change(tmp_path):
    folder = Folder(tmp_path)
    for name in (".high-ldh.ttl.swp", "high-ldh.ttl~", "high-ldh.tmp"):
        (tmp_path / name).write_text("half of it", encoding="utf-8")
    assert folder.changed() == []
    (tmp_path / "high-ldh.ttl").write_text("all of it", encoding="utf-8")
    assert [path.name for path in folder.changed()] == ["high-ldh.ttl"]


@pytest.mark.parametrize(
    "target",
    ["/../pyproject.toml", "/static/../base.html.j2", "/static/%2e%2e/base.html.j2", "/static//etc/passwd",
     "/ontology/cartkb.ttl", "/..%2f..%2fetc%2fpasswd", "/watching/server.py", "/watching/../watch.py"],
)  # fmt: skip
def test_nothing_outside_the_site_is_served(watch, target):
    status, _, body = respond(watch, target)
    assert status == 404
    assert b"def " not in body
    assert b"<head>" not in body or b"No such page" in body


def test_only_this_machine_is_served_and_only_asked(watch):
    server = Server(watch, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert server.server_address[0] == HOST == "127.0.0.1"
        port = server.server_address[1]
        asked = {
            ("GET", f"localhost:{port}"): 200,
            ("GET", f"{HOST}:{port}"): 200,
            ("GET", "guideline.example"): 403,
            ("POST", f"{HOST}:{port}"): 501,
            ("PUT", f"{HOST}:{port}"): 501,
            ("DELETE", f"{HOST}:{port}"): 501,
        }
        for (method, host), status in asked.items():
            connection = http.client.HTTPConnection(HOST, port, timeout=60)
            connection.request(method, PAGE, headers={"Host": host})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, (method, host)
            if status == 200:
                assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
                assert b"Content-Security-Policy" not in body
                assert b"/watching/refresh.js" in body
            connection.close()
    finally:
        server.shutdown()
        server.server_close()


def test_a_page_has_its_part_of_the_graph_and_its_style_beside_it(watch):
    status, kind, turtle = respond(watch, PAGE.replace(".html", ".ttl"))
    assert (status, kind) == (200, "text/turtle")
    assert b"balduzzi-2008" in turtle
    assert respond(watch, "/static/style.css")[:2] == (200, "text/css")
    assert respond(watch, "/watching/refresh.js")[0] == 200


def test_a_port_in_use_is_told(run, watch):
    server = Server(watch, 0)
    try:
        result = run("watch", "--port", server.server_address[1], home=watch.home)
    finally:
        server.server_close()
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FILE, '"Balduzzi 2008"@en', '"Balduzzi and others"@en'),
        ("guideline/factors/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250"),
        ("ontology/questions/01-relapse-with-and-without-hsct.rq", "SELECT", "SELECT DISTINCT"),
    ],
)
def test_what_is_kept_from_an_earlier_page_is_what_would_be_asked_again(watch, saved, file, old, new):
    pages = (
        PAGE,
        "/factors/high-ldh.html",
        "/evidence-matrix.html",
        "/index.html",
        "/tensions.html",
        "/references.html",
    )
    for page in pages:
        html(watch, page)
    saved(file, old, new)
    watch.take_answers(wait=True)
    told = {page: html(watch, page) for page in pages}
    assert any(new.strip('"@en').split()[-1] in page for page in told.values()) or file.endswith(".rq")
    anew = Watch(watch.home)
    anew.take_answers(wait=True)
    assert {page: without_token(text) for page, text in told.items()} == {
        page: without_token(html(anew, page)) for page in pages
    }
    anew.close()


def without_token(text: str) -> str:
    return re.sub(r'data-token="\d+"', "", text)
