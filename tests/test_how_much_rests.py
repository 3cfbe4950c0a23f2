"""How much rests on how little: independent cohorts behind statements and cut-offs, against a count of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import ask, ask_real, real
from cartkb.checking.checks import check_queries
from cartkb.knowledge import Knowledge

DIRECTIONS = ("supports", "disputes", "inconclusive", "no-evidence")
PREFIX = "PREFIX ckb: <https://w3id.org/cartkb/vocab/> "


def components(names, links) -> dict[str, frozenset]:
    """Return for each name those that it is linked to, directly or not. The oracle: merging of sets."""
    groups = {name: {name} for name in names}
    for one, other in links:
        if groups[one] is not groups[other]:
            groups[one] |= groups[other]
            for member in groups[one]:
                groups[member] = groups[one]
    return {name: frozenset(group) for name, group in groups.items()}


worlds = st.integers(1, 7).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            "size": st.just(size),
            "links": st.lists(st.tuples(st.integers(1, size), st.integers(1, size), st.booleans()), max_size=size),
            "lines": st.lists(
                st.tuples(st.integers(1, 3), st.sampled_from(DIRECTIONS), st.integers(1, size)),
                max_size=10,
                unique=True,
            ),
            "trials": st.lists(st.integers(1, 3), min_size=size, max_size=size),
        }
    )
)


def as_turtle(world) -> str:
    written = ["ckbg:s1 a ckb:Statement . ckbg:s2 a ckb:Statement . ckbg:s3 a ckb:Statement ."]
    for number, trial in enumerate(world["trials"], 1):
        written.append(f"ckbg:c{number} a ckb:Cohort ; ckb:trial ckbg:t{trial} .")
        written.append(f"ckbg:f{number} ckb:cohort ckbg:c{number} ; ckb:endpoint ckb:relapse .")
    for one, other, continues in world["links"]:
        written.append(f"ckbg:c{one} ckb:{'continues' if continues else 'overlaps'} ckbg:c{other} .")
    for number, (statement, direction, cohort) in enumerate(world["lines"]):
        written.append(f"ckbg:s{statement} ckb:evidenceLine ckbg:l{number} .")
        written.append(f"ckbg:l{number} ckb:direction ckb:{direction} ; ckb:finding ckbg:f{cohort} .")
    return "\n".join(written)


@settings(max_examples=80)
@given(worlds)
def test_cohorts_that_share_patients_count_once(world):
    turtle = as_turtle(world)
    one = components(range(1, world["size"] + 1), [link[:2] for link in world["links"]])
    found: dict[str, set] = {}
    for row in ask("24", turtle):
        found.setdefault(row["countedAs"], set()).add(int(row["cohort"].removeprefix("ckbg:c")))
    assert {frozenset(group) for group in found.values()} == set(one.values())

    keys = [(statement, direction) for statement in (1, 2, 3) for direction in DIRECTIONS]
    behind = {key: {one[cohort] for *line, cohort in world["lines"] if tuple(line) == key} for key in keys}
    rows = {row["statement"]: row for row in ask("26", turtle)}
    assert len(rows) == 3
    for (statement, direction), groups in behind.items():
        if direction != "no-evidence":
            column = {"supports": "supporting", "disputes": "disputing"}.get(direction, direction)
            assert int(rows[f"ckbg:s{statement}"][column]) == len(groups)
    listed: dict[tuple, int] = {}
    for row in ask("25", turtle):
        key = (int(row["statement"].removeprefix("ckbg:s")), row["direction"].removeprefix("ckb:"))
        listed[key] = listed.get(key, 0) + 1
    assert listed == {key: len(groups) for key, groups in behind.items() if groups and key[1] != "no-evidence"}


@settings(max_examples=80)
@given(worlds)
def test_what_a_withdrawn_trial_leaves(world):
    one = components(range(1, world["size"] + 1), [link[:2] for link in world["links"]])
    expected = {}
    for statement in (1, 2, 3):
        cohorts = {c for s, direction, c in world["lines"] if s == statement and direction == "supports"}
        for trial in {world["trials"][c - 1] for c in cohorts}:
            kept = {one[c] for c in cohorts if world["trials"][c - 1] != trial}
            expected[f"ckbg:s{statement}", f"ckbg:t{trial}"] = (len({one[c] for c in cohorts}), len(kept))
    rows = ask("28", as_turtle(world))
    assert {(r["statement"], r["withdrawn"]): (int(r["supporting"]), int(r["left"])) for r in rows} == expected


def test_every_statement_is_listed_and_those_without_a_trial_have_none():
    rows = {row["statement"]: row for row in ask_real("26")}
    query = "SELECT ?s ?line WHERE { ?s a ckb:Statement OPTIONAL { ?s ckb:evidenceLine ?line } }"
    statements = real().select(PREFIX + query)
    assert len(rows) == len({row["s"] for row in statements}) > 80
    without = {row["s"].value.rsplit("/", 1)[1] for row in statements if row["line"] is None}
    assert without
    for name in without:
        row = rows[f"ckbg:{name}"]
        assert [row[c] for c in ("supporting", "disputing", "inconclusive", "claimsWithoutCohort")] == ["0"] * 4


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("lee-2015", "lee-2016"),
        ("davila-2014", "park-2018"),
        ("gardner-2017", "finney-2019"),
        ("gardner-2017", "summers-2018"),
        ("hay-2019", "shadman-2019"),
    ],
)
def test_reports_of_one_trial_are_one_cohort_named_after_the_first(earlier, later):
    counted = {row["cohort"]: row["countedAs"] for row in ask_real("24")}
    assert counted[f"ckbg:{later}-cohort"] == f"ckbg:{earlier}-cohort" == counted[f"ckbg:{earlier}-cohort"]


def test_one_hospital_is_not_taken_for_one_cohort_but_told_apart():
    counted = {row["cohort"]: row["countedAs"] for row in ask_real("24")}
    assert counted["ckbg:pan-2017-cohort"] != counted["ckbg:zhang-2020-cohort"]
    rows = {row["statement"]: (int(row["cohorts"]), int(row["centres"])) for row in ask_real("29")}
    assert rows["ckbg:relapse-rate-seems-lower"] == (10, 9)
    assert rows
    for statement, (cohorts, centres) in rows.items():
        assert centres < cohorts, statement


def test_patients_are_those_of_the_largest_report():
    patients = {row["cohort"]: row["patients"] for row in ask_real("24")}
    expected = {"davila-2014": "16", "park-2018": "53", "summers-2018": "64", "maude-2018": "75", "zhao-2020": ""}
    assert {name: patients[f"ckbg:{name}-cohort"] for name in expected} == expected
    shown = {(r["countedAs"], r["patients"]) for r in ask_real("25")}
    assert ("ckbg:davila-2014-cohort", "53") in shown
    assert ("ckbg:gardner-2017-cohort", "64") in shown
    assert ("ckbg:zhao-2020-cohort", "not stated") in shown


def test_a_printed_sum_stands_for_the_cohorts_that_it_adds_up():
    table = real().select(PREFIX + "SELECT ?c WHERE { ?c a ckb:Cohort ; ckb:tableRow ?row }")
    counted = {row["cohort"]: row["countedAs"] for row in ask_real("24")}
    behind = {r["countedAs"] for r in ask_real("25") if r["statement"] == "ckbg:relapse-rate-seems-lower"}
    assert behind == {counted["ckbg:" + row["c"].value.rsplit("/", 1)[1]] for row in table}
    assert len(behind) == 10


def test_a_cut_off_rests_on_the_trial_whose_it_is_and_a_choice_of_ours_on_none():
    behind: dict[str, set] = {}
    for row in ask_real("27"):
        behind.setdefault(row["criterion"], set()).add((row["direction"], row["countedAs"]))
    limits = real().select(PREFIX + "SELECT DISTINCT ?c WHERE { ?c ckb:threshold ?t ; ckb:cutOffOf ?owner }")
    assert len(behind) == len(limits) > 10
    assert ("ckb:supports", "ckbg:hay-2019-cohort") in behind["ckbg:high-ldh-present"]
    assert behind["ckbg:after-day-80"] == {("ckb:supports", "ckbg:hay-2019-cohort")}
    assert behind["ckbg:adult"] == {("", "")}
    for cohort in ("gardner-2017", "maude-2014"):
        assert ("ckb:supports", f"ckbg:{cohort}-cohort") in behind["ckbg:short-b-cell-aplasia-present"]


def test_only_one_result_starts_from_a_landmark():
    rows = {row["result"]: row for row in ask_real("20")}
    lessened = {name: row["landmark"] for name, row in rows.items() if row["immortalTime"] == "lessened"}
    assert lessened == {"ckbg:pan-2017-hsct-lfs": "90 d"}
    for name in ("hay-2019-hsct-efs", "summers-2018-hsct-lfs-prior-hsct", "hay-2019-relapse-with-hsct"):
        assert rows[f"ckbg:{name}"]["immortalTime"] == "exposed"
    statements = {row["statement"]: row for row in ask_real("21")}
    assert statements["ckbg:relapse-rate-seems-lower"]["fromLandmark"] == "0"
    assert statements["ckbg:relapse-rate-seems-lower"]["exposed"] == "2"
    assert statements["ckbg:consider-for-adverse-genetics"]["fromLandmark"] == "1"


def test_a_line_that_says_landmark_rests_on_one():
    query = "SELECT ?line ?how WHERE { ?line ckb:designLimit ckb:landmark-used ; ckb:finding/ckb:analysis ?how }"
    found = real().select(PREFIX + query)
    assert found
    for row in found:
        assert row["how"].value.endswith("/landmark-analysis"), row["line"].value


def test_a_line_that_hides_immortal_time_is_named(home):
    path = home / "guideline/statements/adults-may-benefit.ttl"
    text = path.read_text(encoding="utf-8")
    assert text.count("ckb:immortal-time, ") == 2
    path.write_text(text.replace("ckb:immortal-time, ", ""), encoding="utf-8")
    told = [problem for problem in check_queries(Knowledge(home), {}) if "no landmark" in problem.what]
    assert {problem.file.rsplit("/", 1)[1] for problem in told} == {path.name}
    assert all(problem.line and problem.fix for problem in told)
