"""A text that is not compiled must come out exactly as Jinja would have given it."""

from hypothesis import given, reject
from hypothesis import strategies as st
from jinja2 import Template, TemplateSyntaxError

from ui.plain_templates import PlainText, template

PIECES = st.sampled_from(["{", "}", "%", "#", "\n", "\r\n", "\r", "a", " ", "é", "${x}", '"', "\\", "-"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_is_called_plain_is_what_jinja_makes_of_it(source: str) -> None:
    try:
        found = template(source)
    except TemplateSyntaxError:
        reject()
    if isinstance(found, PlainText):
        assert found.render(kwargs={"x": 1}) == Template(source).render(kwargs={"x": 1})


def test_a_source_with_something_to_do_is_still_a_template() -> None:
    assert template("{{ 1 + 1 }}").render() == "2"
    assert isinstance(template("var a = {b: 1};\n"), PlainText)
