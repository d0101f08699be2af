from __future__ import annotations

from io import StringIO

from dlt_action.edge.ci import choose
from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.writer import Writer


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
