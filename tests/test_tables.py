"""Filters, sorting and downloads of tables, tried in a browser on small tables of ours and of the website."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import HOME

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCRIPT = (HOME / "site_templates/static/tables.js").as_uri()
ROWS = [
    ("10 of 27", "Zürich, \"north\""), ("2 of 10", "Århus"), ("1,000", "a\nb"), ("", "zebra"),
    ("not reported", "<b>x</b>"), ("9 of 18", "=1+1"),
]  # fmt: skip
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="not tried: tables in a browser need chromium")


def table(rows, cells: str = "") -> str:
    body = "".join(f"<tr><th scope=row>{html.escape(a)}</th><td{cells}>{html.escape(b)}</td></tr>" for a, b in rows)
    head = "<tr><th scope=col>How many</th><th scope=col>Where</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def try_out(tmp_path: Path, tables: str, script: str) -> dict:
    """Return what a script that ran after ours left in ``told``."""
    path = tmp_path / "page ü.html"
    keep = "URL.createObjectURL = (blob) => (kept.push(blob), '#'); HTMLAnchorElement.prototype.click = () => {};"
    tell = "const p = document.createElement('pre'); p.id = 'told'; p.textContent = JSON.stringify(told);"
    path.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><title>A: b · cartkb</title><main>{tables}</main>"
        f"<script>const kept = []; const told = {{}}; {keep}</script>"
        f'<script src="{SCRIPT}"></script>'
        f"<script>(async () => {{ {script}; {tell} document.body.append(p) }})()</script>",
        encoding="utf-8",
    )
    switches = ["--headless", "--no-sandbox", "--disable-background-networking", "--virtual-time-budget=3000"]
    command = [CHROMIUM, *switches, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(html.unescape(re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)[1]))


FIRST = """
      const rows = () => [...document.querySelectorAll('tbody tr')].filter((row) => !row.hidden);
      const shown = () => rows().map((row) => row.cells[0].textContent);"""


def test_filtering_counts_the_rows_that_stay(tmp_path):
    script = """
      const field = document.querySelector('.tools input');
      told.label = document.querySelector(`label[for=${field.id}]`).textContent;
      told.first = document.querySelector('.tools output').textContent;
      for (const query of ['of', 'OF zü', 'nothing there', '']) {
        field.value = query; field.dispatchEvent(new Event('input'));
        told[query] = [shown(), document.querySelector('.tools output').textContent];
      }"""
    told = try_out(tmp_path, table(ROWS), FIRST + script)
    assert told["label"] == "Filter rows"
    assert told["first"] == "6 of 6 rows"
    assert told["of"] == [["10 of 27", "2 of 10", "9 of 18"], "3 of 6 rows"]
    assert told["OF zü"] == [["10 of 27"], "1 of 6 rows"]
    assert told["nothing there"] == [[], "0 of 6 rows"]
    assert told[""] == [[number for number, _ in ROWS], "6 of 6 rows"]


def test_sorting_goes_up_down_and_back(tmp_path):
    script = """
      const button = document.querySelector('th button'); told.name = button.textContent; told.steps = [];
      for (let n = 0; n < 3; n++) {
        button.click(); told.steps.push([button.parentNode.getAttribute('aria-sort'), shown()]);
      }"""
    told = try_out(tmp_path, table(ROWS), FIRST + script)
    assert told["name"] == "How many"
    up, down, back = told["steps"]
    assert up == ["ascending", ["2 of 10", "9 of 18", "10 of 27", "1,000", "not reported", ""]]
    assert down == ["descending", up[1][::-1]]
    assert back == [None, [number for number, _ in ROWS]]


def test_a_stacked_table_is_sorted_by_a_list_of_its_headings(tmp_path):
    script = """
      const list = document.querySelector('.tools select'); told.offered = [...list.options].map((option) => option.text);
      told.steps = ['How many, descending', 'Where, ascending', 'as written'].map((wanted) => {
        list.selectedIndex = told.offered.indexOf(wanted); list.dispatchEvent(new Event('change'));
        return [[...document.querySelectorAll('th[aria-sort]')].map((th) => th.textContent), shown()];
      });"""
    told = try_out(tmp_path, table(ROWS), FIRST + script)
    ways = ("How many, ascending", "How many, descending", "Where, ascending", "Where, descending")
    assert told["offered"] == ["as written", *ways]
    down, by_place, back = told["steps"]
    assert down == [["How many"], ["", "not reported", "1,000", "10 of 27", "9 of 18", "2 of 10"]]
    assert by_place == [["Where"], ["not reported", "9 of 18", "1,000", "2 of 10", "", "10 of 27"]]
    assert back == [[], [number for number, _ in ROWS]]


@pytest.mark.parametrize("query", ["", "of"])
def test_downloads_hold_the_rows_that_are_shown(tmp_path, query):
    script = f"""
      const field = document.querySelector('.tools input');
      field.value = '{query}'; field.dispatchEvent(new Event('input'));
      for (const button of document.querySelectorAll('.tools button')) button.click();
      told.files = await Promise.all(kept.map(async (blob) => [blob.type, await blob.text()]));"""
    told = try_out(tmp_path, table(ROWS), script)
    wanted = [[number, " ".join(where.split())] for number, where in ROWS if query in f"{number} {where}"]
    assert len(wanted) > 2
    (kind, text), (other, objects) = told["files"]
    assert (kind, other) == ("text/csv", "application/json")
    assert list(csv.reader(io.StringIO(text))) == [["How many", "Where"], *wanted]
    assert json.loads(objects) == [dict(zip(["How many", "Where"], row, strict=True)) for row in wanted]


def test_tables_that_are_small_or_whose_rows_hang_together_stay_as_they_are(tmp_path):
    bare = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    tables = table(ROWS[:3]) + table(ROWS, " rowspan=2") + bare + table(ROWS)
    script = """
      told.tools = document.querySelectorAll('.tools').length;
      told.after = document.querySelector('.tools + table') === document.querySelectorAll('table')[3]"""
    assert try_out(tmp_path, tables, script) == {"tools": 1, "after": True}
