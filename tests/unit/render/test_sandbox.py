"""What a template cannot do."""

import pytest
from jinja2 import DictLoader, TemplateError

from vtnmd.render.sandbox import MAX_STEPS, RenderingRefused, environment, run

ENVIRONMENT = environment([], escape_xml=False)


def rendered(source: str, **values: object) -> str:
    return run(ENVIRONMENT.from_string(source), values, {})


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ value.__class__ }}",
        "{{ value.__class__.__mro__[1].__subclasses__() }}",
        "{{ range.__globals__ }}",
        "{{ 'x' * 1000000 }}",
        "{{ 9 ** 99999999 }}",
        "{{ '%1000000000d' % 1 }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{{ value }}{% endfor %}{% endfor %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ value.ljust(1000000000) }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{% set a = 'x' ~ value %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = 'x' + value %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% macro two(n) %}{% if n %}{{ two(n - 1) }}{{ two(n - 1) }}{% endif %}{% endmacro %}{{ two(40) }}",
        "{{ range(5000) | join('x' | replace('x', long)) }}",
        "{{ long | replace('x', long) }}",
        "{{ 1 / 0 }}",
        "{{ value() }}",
        "{% include '/etc/passwd' %}",
        "{% include '../catalogue.py' %}",
    ],
)
def test_refused(source: str) -> None:
    with pytest.raises(RenderingRefused):
        rendered(source, value="v", long="x" * 5000)


@pytest.mark.parametrize("source", ["{{ value | center(10) }}", "{{ value | attr('x') }}", "{{ lipsum() }}", "{{ cycler }}"])
def test_filters_and_globals_are_those_that_are_listed(source: str) -> None:
    with pytest.raises((RenderingRefused, TemplateError), match=r"filter|undefined"):
        rendered(source, value="v")


def test_templates_that_include_themselves_come_to_an_end() -> None:
    again = "{% if left %}{% set left = left - 1 %}{% include 'again' %}{% include 'again' %}{% endif %}"
    made = environment([], escape_xml=False)
    made.loader = DictLoader({"again": again})
    with pytest.raises(RenderingRefused, match="steps"):
        run(made.get_template("again"), {"left": 40}, {})


def test_texts_are_put_together() -> None:
    assert rendered("{{ 'a-' ~ value ~ 1 }} {{ 'b' + value }} {{ 2 + 3 }}", value="v") == "a-v1 bv 5"
    assert rendered("{{ [1, value] | join(', ') }} {{ value | replace('v', 'w') }}", value="v") == "1, v w"
    marked = run(environment([], escape_xml=True).from_string("{{ '<' ~ value }}"), {"value": "&"}, {})
    assert marked == "&lt;&amp;"


def test_loops_within_the_budget_work() -> None:
    assert rendered("{% for item in items %}{{ item }}{% endfor %}", items=list(range(3))) == "012"
    assert len(rendered("{% for item in items %}x{% endfor %}", items=list(range(MAX_STEPS)))) == MAX_STEPS


def test_json_is_also_a_yaml_scalar() -> None:
    assert rendered("{{ value | tojson }}", value="a: b # c") == '"a: b # c"'
