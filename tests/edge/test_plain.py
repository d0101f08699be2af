from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.edge.ci import choose
from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.writer import LONGEST_LINE, Writer
from dlt_action.reports.outputs import LONGEST_JSON
from tests.oracles.hostile import EVERYTHING


def _plain() -> tuple[Plain, StringIO]:
    stream = StringIO()
    return Plain(Writer(stream, clock=None, github=False)), stream


def test_without_github_it_is_chosen() -> None:
    writer = Writer(StringIO(), clock=None, github=False)
    for environ in ({}, {"CI": "true"}, {"GITHUB_ACTIONS": "false"}):
        assert isinstance(choose(environ, writer), Plain)


def test_outputs_are_lines_that_a_script_can_read() -> None:
    dialect, stream = _plain()
    dialect.outputs({"ok": "true", "error": "", "reason": 'It "ended"\nwell, schön.'})
    assert stream.getvalue() == (
        '| ok="true"\n| reason="It \\"ended\\"\\nwell, schön."\n'
    )


@pytest.mark.parametrize(
    "secret", ['dose"0123', "dose\\0123", "dösé0123", "dose\t0123", "dose~0123"]
)
def test_a_list_of_outputs_tells_no_secret(secret: str) -> None:
    dialect, stream = _plain()
    dialect.mask(secret)
    dialect.outputs({"results": json.dumps([{"error": f"with {secret}."}])})
    assert stream.getvalue() == '| results="[{\\"error\\": \\"with ***.\\"}]"\n'


@pytest.mark.parametrize("mark", ["x", '"', "\\"])
def test_the_longest_output_is_told_whole(mark: str) -> None:
    value = json.dumps([mark * (LONGEST_JSON // 2 - 4)])
    assert LONGEST_LINE < len(value) <= LONGEST_JSON
    dialect, stream = _plain()
    dialect.outputs({"gate": value})
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line.removeprefix("| gate=")) == value


@pytest.mark.parametrize("text", EVERYTHING)
def test_an_output_is_one_line_of_json_whatever_it_holds(text: str) -> None:
    assert_read_back(text)


@given(st.text())
def test_any_output_is_one_line_of_json(text: str) -> None:
    assert_read_back(text)


def assert_read_back(text: str) -> None:
    dialect, stream = _plain()
    dialect.outputs({"error": f"[{text}]."})
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line.removeprefix("| error="))
    # Whatever could be a command is disarmed, here as everywhere.
    if not {":", "#", '"'} & set(text):
        assert said == f"[{text}]."


def test_outputs_of_an_unfinished_run_are_not_shown() -> None:
    dialect, stream = _plain()
    dialect.outputs({"result": "unfinished", "ok": "false"})
    assert stream.getvalue() == ""


def test_a_group_is_a_line() -> None:
    dialect, stream = _plain()
    with dialect.group("Signing\nin"):
        pass
    assert stream.getvalue() == "Signing in\n"


def test_a_masked_secret_is_never_shown() -> None:
    dialect, stream = _plain()
    dialect.mask("dapi-0123456789")
    dialect.outputs({"error": "dapi-0123456789"})
    assert stream.getvalue() == '| error="***"\n'


def test_what_has_no_place_here_is_not_said_twice() -> None:
    dialect, stream = _plain()
    dialect.annotate("error", "x", title="y", file="z", line=1)
    dialect.state({"owed": "nothing"})
    dialect.summary("# x")
    assert stream.getvalue() == ""
