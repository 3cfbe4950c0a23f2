"""Lines of subjects and predicates, against Turtle whose layout the test itself chose."""

from hypothesis import given
from hypothesis import strategies as st

from cartkb.positions import line_of

HEAD = "@prefix e: <http://e.org/> .\n"
OBJECTS = ['"plain"', '"with ; and . inside"@en', '"""two\nlines # no comment"""', "4.9", "e:x, e:y", '"a \\" b"^^e:t']


@given(
    st.lists(st.tuples(st.sampled_from(OBJECTS), st.sampled_from(["", "\n", "  # a remark. ; here\n"])), min_size=1, max_size=8),
    st.booleans(),
)
def test_every_predicate_is_found_on_its_line(tmp_path_factory, parts, one_subject):
    text, expected = HEAD, {}
    for number, (value, gap) in enumerate(parts):
        subject = "s" if one_subject else f"s{number}"
        if number == 0 or not one_subject:
            text += f"e:{subject}\n"
        expected[(f"http://e.org/{subject}", f"http://e.org/p{number}")] = text.count("\n") + 1
        text += f"  e:p{number} {value} {';' if one_subject and number < len(parts) - 1 else '.'}\n{gap}"
    path = tmp_path_factory.mktemp("turtle") / "file.ttl"
    path.write_text(text, encoding="utf-8")
    assert expected
    for (subject, predicate), line in expected.items():
        assert line_of(path, subject, predicate) == line
