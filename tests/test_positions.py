"""Lines and columns of subjects, predicates and values, against Turtle whose layout the test itself chose."""

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from cartkb.positions import NOWHERE, place_of, place_of_word, written

HEAD = "@prefix e: <http://e.org/> .\n"
OBJECTS = [
    '"plain"', '"with ; and . inside"@en', '"""two\nlines # no comment"""', "4.9", "e:x, e:y", '"a \\" b"^^e:t',
    '"tab \\t and \\u00e9"', "<http://e.org/z>", "true", "-3e2",
]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(OBJECTS), st.sampled_from(["", "\n", "  # a remark. ; here\n"])),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_every_subject_predicate_and_value_is_found_where_it_stands(tmp_path_factory, parts, one_subject):
    text, expected = HEAD, {}
    for number, (value, gap) in enumerate(parts):
        subject = f"http://e.org/s{0 if one_subject else number}"
        if number == 0 or not one_subject:
            expected[subject, "", None] = (text.count("\n") + 1, 1)
            text += f"e:{subject[13:]}\n"
        predicate, line = f"http://e.org/p{number}", text.count("\n") + 1
        expected[subject, predicate, None] = (line, 3)
        before = f"  e:p{number} "
        for each in value.split(", "):
            (quad,) = ox.parse(f"{HEAD}<s:s> <s:p> {each} .", format=ox.RdfFormat.TURTLE)
            expected[subject, predicate, quad.object.value] = (line, len(before) + 1)
            before += f"{each}, "
        text += f"  e:p{number} {value} {';' if one_subject and number < len(parts) - 1 else '.'}\n{gap}"
    path = tmp_path_factory.mktemp("turtle") / "file.ttl"
    path.write_text(text, encoding="utf-8")
    assert len(expected) >= 3
    for (subject, predicate, value), place in expected.items():
        assert place_of(path, subject, predicate, value) == place, text


def test_what_is_not_written_is_looked_for_one_step_higher(tmp_path):
    path = tmp_path / "file.ttl"
    path.write_text(HEAD + "e:s\n  e:p e:o .\n", encoding="utf-8")
    names = [f"http://e.org/{name}" for name in ("s", "p", "other")]
    assert place_of(path, names[0], names[1], names[2]) == (3, 3)
    assert place_of(path, names[0], names[2]) == (2, 1)
    assert place_of(path, names[2]) == NOWHERE


def test_words_inside_brackets_are_found(tmp_path):
    path = tmp_path / "file.ttl"
    path.write_text(HEAD + 'e:s e:p [\n    e:inner ( 1 "two" )\n  ] .\n', encoding="utf-8")
    assert place_of_word(path, "http://e.org/inner") == (3, 5)
    assert place_of_word(path, "two") == (3, 17)
    assert written(path.read_text(encoding="utf-8")).nameless == (2, 9)


@given(st.text(alphabet="ab:<>\"\\'.;,[]() #\n@^_é", max_size=60))
def test_no_text_is_too_broken_to_look_through(text):
    found = written(text)
    lines = text.split("\n")
    for line, column in [*found.said.values(), *found.names.values(), *found.texts.values()]:
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1])
