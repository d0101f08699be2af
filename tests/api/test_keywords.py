from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action import Misconfigured, run_update
from dlt_action.core.plan import LogLevel
from dlt_action.inputs import Inputs
from dlt_action.keywords import texts, without_inputs
from dlt_action.settings import formats, structures
from dlt_action.settings.table import BY_NAME


def text(keyword: str, value: object) -> str:
    """The text that comes of one value, which nothing is wrong with."""
    found, problems = texts({keyword: value})
    assert not problems
    (given_text,) = found.values()
    return given_text


def refused(keyword: str, value: object) -> str:
    """What is wrong with one value."""
    found, (problem,) = texts({keyword: value})
    assert not found
    assert problem.name == keyword.replace("_", "-")
    return str(problem)


def test_every_input_is_a_keyword_and_no_keyword_is_anything_else() -> None:
    names = [keyword.replace("_", "-") for keyword in get_type_hints(Inputs)]
    assert names == list(BY_NAME)


@pytest.mark.parametrize(
    ("keyword", "value", "wanted"),
    [
        ("pipeline_id", "a-b", "a-b"),
        ("pipeline_id", None, ""),
        ("full_refresh", True, "true"),
        ("full_refresh", False, "false"),
        ("max_parallel", 5, "5"),
        ("log_level", LogLevel.DEBUG, "debug"),
        ("timeout", timedelta(minutes=90, seconds=5), "1h30m5s"),
        ("timeout", timedelta(days=3), "72h0m0s"),
        ("pipeline_name", ["orders, all", "b"], "orders, all\nb"),
        ("refresh_selection", ("a.b", "c d"), '"a.b"\n"c d"'),
        ("refresh_selection", ['`a"b`'], '`a"b`'),
        ("quality_gate", ["a rows >= 1", "all failed == 0"], None),
        ("parameters", {"day": "1=2"}, '{"day": "1=2"}'),
        ("request_json", {"a": {"b": [1, None]}}, '{"a": {"b": [1, null]}}'),
        ("parameters", {}, "{}"),
        ("report_dir", Path("out/reports"), "out/reports"),
        ("ca_bundle", Path("corporate.pem"), "corporate.pem"),
    ],
)
def test_a_value_of_python_is_written_as_the_command_line_reads_it(
    keyword: str, value: object, wanted: str | None
) -> None:
    written = text(keyword, value)
    assert wanted is None or written == wanted
    if written:
        BY_NAME[keyword.replace("_", "-")].format.parse(written)


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("timeout", 1.5, "`float`"),
        ("timeout", timedelta(milliseconds=1500), "whole seconds"),
        ("timeout", timedelta(seconds=-1), "whole seconds"),
        ("pipeline_id", b"a-b", "`bytes`"),
        ("refresh_selection", {"a", "b"}, "`set`"),
        ("refresh_selection", [], "empty list"),
        ("full_refresh_selection", (), "empty list"),
        ("refresh_selection", ["a", 1], "Item 2 is of the type `int`"),
        ("refresh_selection", ["a", " "], "Item 2 is empty"),
        ("pipeline_name", ["a\nb"], "Item 1 is empty, or has several lines"),
        ("parameters", {"a": object()}, "JSON has no word"),
        ("request_json", {"a": float("nan")}, "JSON has no word"),
    ],
)
def test_a_value_that_could_mean_two_things_is_refused(
    keyword: str, value: object, said: str
) -> None:
    assert said in refused(keyword, value)


def test_a_number_that_has_no_text_is_refused() -> None:
    assert "cannot be written" in refused("max_parallel", 10**5000)


def test_all_that_is_wrong_is_told_and_what_is_right_is_kept() -> None:
    found, problems = texts({"timeout": 1.5, "wait": True, "parameters": {1: set()}})
    assert found == {"INPUT_wait": "true"}
    assert [problem.name for problem in problems] == ["timeout", "parameters"]


def test_a_number_of_seconds_is_no_duration() -> None:
    with pytest.raises(formats.Unfit, match="no unit"):
        BY_NAME["timeout"].format.parse(text("timeout", 60))


def test_inputs_of_a_step_that_calls_us_are_not_ours() -> None:
    environ = {"INPUT_TOKEN": "theirs", "DATABRICKS_TOKEN": "ours"}
    assert without_inputs(environ) == {"DATABRICKS_TOKEN": "ours"}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.timedeltas()
    | st.just(object()),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.tuples(inner)
        | st.frozensets(st.text())
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*get_type_hints(Inputs)]), ANYTHING))
def test_whatever_is_given_is_a_text_or_a_problem(inputs: Mapping[str, object]) -> None:
    found, problems = texts(inputs)
    assert len(found) + len(problems) == len(inputs)
    assert {type(one) for one in found.values()} <= {str}


NAMES = st.lists(
    st.text(
        st.characters(exclude_categories=["C", "Z"], exclude_characters='"`'),
        min_size=1,
    ).map(lambda name: f"{name}, {name} x"),
    min_size=1,
    unique=True,
)


@given(NAMES)
def test_names_come_through_whatever_is_in_them(names: Sequence[str]) -> None:
    assert formats.names(text("refresh_selection", names)) == tuple(names)


@given(st.integers(1, 10**7))
def test_durations_come_through(seconds: int) -> None:
    assert formats.duration(text("timeout", timedelta(seconds=seconds))) == seconds


KEYS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


@given(st.dictionaries(KEYS, st.text(st.characters(exclude_categories=["Cs"]))))
def test_parameters_come_through(parameters: Mapping[str, str]) -> None:
    assert structures.parameters(text("parameters", parameters)) == parameters


def test_a_type_checker_knows_every_argument() -> None:
    # What mypy does not refuse here is told by it as a comment without a use.
    with pytest.raises(Misconfigured, match="no unit"):
        run_update(timeout=60, environ={})  # type: ignore[arg-type] # 60 of what?
    with pytest.raises(Misconfigured, match="Did you mean `pipeline-id`"):
        run_update(pipeline="a-b", environ={})  # type: ignore[call-arg] # no input
    with pytest.raises(Misconfigured, match="`wiat` is not known"):
        run_update(if_active="wiat", environ={})  # type: ignore[arg-type] # no word
    inputs: Inputs = {"quality_gate": ["a rows >= 1"], "timeout": timedelta(hours=2)}
    with pytest.raises(Misconfigured, match="host: It is the workspace's URL"):
        run_update(**inputs, environ={}, root=Path(), log=print)


def test_an_empty_list_of_pipelines_is_one_problem_and_not_two() -> None:
    host = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
    with pytest.raises(Misconfigured) as caught:
        run_update(host=host, token="t", pipeline_id=[], environ={})
    assert [one.name for one in caught.value.problems] == ["pipeline-id"]
