"""What goes wrong on our side of the network."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from dlt_action.core.calls import Call, Method
from dlt_action.core.model import Result
from dlt_action.core.plan import LogLevel
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.edge.ci import choose
from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.line import Ticket
from dlt_action.edge.writer import Writer
from dlt_action.publishing import publish
from dlt_action.settings.model import Reporting
from dlt_action.world import Desk
from tests.oracles import runner
from tests.story.virtual import Stage, VirtualLine


class HookedLine(VirtualLine):
    """A line on which something happens before each call."""

    def __init__(self, before: Callable[[Call], None]) -> None:
        super().__init__()
        self._before = before

    def send(self, call: Call, within: float) -> Ticket:
        self._before(call)
        return super().send(call, within)


def test_a_bug_of_ours_does_not_lose_the_id_of_the_update(tmp_path: Path) -> None:
    def breaks(call: Call) -> None:
        if call.path.endswith("/events"):
            raise RuntimeError("a bug")

    played = Stage(tmp_path, HookedLine(breaks)).play("success")

    assert (played.code, played.outputs["result"]) == (70, "internal-error")
    assert played.outputs["update-id"] != ""
    assert "may still be running" in played.outputs["reason"]


def test_outputs_that_vanish_fail_the_step_whatever_the_verdict(
    tmp_path: Path,
) -> None:
    def vanishes(call: Call) -> None:
        if call.method is Method.POST:
            (tmp_path / "output").rename(tmp_path / "elsewhere")

    stage = Stage(tmp_path, HookedLine(vanishes))
    code, log = stage.run("success")

    assert code == 74
    assert "succeeded: Update" in log
    assert "nothing may be deployed on them" in log


def test_a_report_dir_that_cannot_be_written_is_a_warning_and_no_output(
    tmp_path: Path,
) -> None:
    (tmp_path / "reports").write_text("a file")

    stage = Stage(tmp_path)
    code, log = stage.run("success")

    assert code == 0
    assert "warning: report-dir" in log
    outputs = runner.environment_file((tmp_path / "output").read_bytes())
    assert (outputs["result"], outputs["report-dir"]) == ("succeeded", "")


def test_without_a_summary_and_annotations_none_are_written(tmp_path: Path) -> None:
    played = Stage(tmp_path).play(
        "code-error", "--summary=false", "--annotations=false", "--log-level=quiet"
    )

    assert played.summary == ""
    assert "::error" not in played.log
    assert played.code == 1


def test_a_bug_before_the_start_has_an_ending_that_keeps_what_was_known(
    tmp_path: Path,
) -> None:
    (tmp_path / "output").touch()
    writer = Writer(io.StringIO(), clock=None, github=True)
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output")}
    desk = Desk(choose(environ, writer), writer, tmp_path)
    desk.ci.outputs({"update-id": "u1", "ok": "true"})
    quiet = Reporting(
        summary=False, annotations=False, log_level=LogLevel.QUIET, report_dir=None
    )
    bug = Outcome(result=Result.INTERNAL_ERROR, reason="A bug.")

    assert publish(Record(Asked(), (bug,)), quiet, desk) == 70

    outputs = runner.environment_file((tmp_path / "output").read_bytes())
    assert (outputs["update-id"], outputs["ok"]) == ("u1", "false")


class Forgetful(Plain):
    """A dialect with a bug in its summary."""

    def summary(self, markdown: str) -> None:
        raise KeyError(markdown)


def test_a_bug_in_a_report_is_a_warning_and_changes_no_verdict(tmp_path: Path) -> None:
    stream = io.StringIO()
    writer = Writer(stream, clock=None, github=False)
    loud = Reporting(
        summary=True, annotations=True, log_level=LogLevel.QUIET, report_dir=None
    )
    good = Outcome(result=Result.SUCCEEDED, reason="Fine.")

    code = publish(
        Record(Asked(), (good,)), loud, Desk(Forgetful(writer), writer, tmp_path)
    )

    assert code == 0
    assert "warning: a bug in a report (KeyError)" in stream.getvalue()
    assert "succeeded: Fine." in stream.getvalue()
