"""What has to be true of every run that was killed, and of each fate."""

from __future__ import annotations

import json

from dlt_action.core.model import EXIT_CODES, Result
from tests.kill.killing import Left
from tests.kill.points import TOOK_UP, Fate

# A runner sends SIGTERM 7.5 s after SIGINT, and kills 2.5 s after that.
SECONDS = 7.0
RECORD = "events.ndjson"


def judge(left: Left) -> None:
    """Hold *left* against the promises."""
    for promise in (
        in_time,
        started_once,
        nothing_foreign_was_stopped,
        files_are_whole,
        what_may_run_is_told,
        what_was_started_is_on_disk,
        what_is_owed_is_on_disk,
        the_post_step_does_what_is_owed,
        code_and_result_agree,
    ):
        promise(left)
    if not left.case.killed:
        _FATES[left.case.point.fate](left)


def in_time(left: Left) -> None:
    # Where others take the CPUs, waiting for one is not its lateness.
    assert left.ended.seconds - left.starved <= SECONDS, _shown(left)


def started_once(left: Left) -> None:
    assert left.then.starts <= 1, _shown(left)


def nothing_foreign_was_stopped(left: Left) -> None:
    stopped = {"STOPPING", "CANCELED"}.intersection(left.then.foreign)
    assert not stopped or left.case.point.play == "replacing", _shown(left)
    assert left.then.stops <= 2, _shown(left)


def files_are_whole(left: Left) -> None:
    folder = left.ended.folder
    assert left.ended.outputs is not None  # the runner's own parser took them
    assert left.ended.state is not None
    assert left.ended.summary[-1:] in ("", "\n"), left.ended.summary
    for file in folder.glob("checkout/reports/*"):
        text = file.read_text()
        # Where nothing was started, there is no event.
        assert text.endswith("\n") or (file.name == RECORD and not text), file
        if file.suffix == ".json":
            assert json.loads(text)["result"], file


def what_may_run_is_told(left: Left) -> None:
    """No silent orphan: what runs on is named, as far as its name is known."""
    if not left.then.ours:
        return
    outputs = left.ended.outputs
    told = ("unfinished", "interrupted", "unknown-start")
    assert outputs["result"] in told, _shown(left)
    assert outputs["ok"] == "false", _shown(left)
    assert "may" in outputs["reason"], _shown(left)
    assert "running" in outputs["reason"] or "another" in outputs["reason"]


def what_was_started_is_on_disk(left: Left) -> None:
    # Killed between the answer and the file, nobody could have written it.
    state, output = (f"after {file} 1" in left.journal for file in TOOK_UP)
    if left.known and (state or not left.case.killed):
        assert left.ended.state["update_id"], _shown(left)
    if left.known and (output or not left.case.killed):
        assert left.ended.outputs["update-id"], _shown(left)


def what_is_owed_is_on_disk(left: Left) -> None:
    owed = left.ended.state.get("owed", "")
    if left.then.ours and left.known:
        assert owed == "stop", _shown(left)
    elif not left.case.killed:
        # Of a start whose answer was lost nobody knows; a person is told to look.
        reason = left.ended.outputs["reason"].lower()
        lost = "the answer to the start was lost" in reason
        assert owed == ("stop" if lost else "nothing"), _shown(left)


def the_post_step_does_what_is_owed(left: Left) -> None:
    """It stops what is named, whatever the main step came to, and starts nothing."""
    post, after = left.post, left.finally_
    if post is None:
        return
    assert post.code == 0, _shown(left)
    assert after.starts == left.then.starts, _shown(left)
    assert after.foreign == left.then.foreign, _shown(left)
    if left.ended.state.get("update_id"):
        assert after.ours == (), _shown(left)
    stops = 1 if left.then.ours and not after.ours else 0
    assert after.stops - left.then.stops == stops, _shown(left)


def code_and_result_agree(left: Left) -> None:
    code, outputs = left.ended.code, left.ended.outputs
    if left.case.killed:
        # Not which: some `unshare` stumble over a child that was killed.
        assert code != 0, _shown(left)
        return
    result = Result(outputs["result"])
    interrupted = 128 + left.case.signals[0]
    expected = interrupted if result is Result.INTERRUPTED else EXIT_CODES[result]
    assert code == expected, _shown(left)


def nothing_was_started(left: Left) -> None:
    assert left.ended.outputs["result"] == "interrupted", _shown(left)
    assert "Nothing was started" in left.ended.outputs["reason"], _shown(left)
    assert left.then.starts == 0, _shown(left)
    # That is done in no time, because little is done.
    after = left.journal[_signal(left) :]
    begun = [name for name in after if name.startswith(("before GET", "before POST"))]
    assert len(begun) <= 1, _shown(left)
    assert not [name for name in after if name.startswith("after nap")], _shown(left)


def its_update_is_stopped(left: Left) -> None:
    outputs = left.ended.outputs
    assert outputs["result"] == "interrupted", _shown(left)
    assert "was stopped and is CANCELED" in outputs["reason"], _shown(left)
    assert outputs["update-id"] in outputs["reason"], _shown(left)
    assert left.then.starts == 1, _shown(left)
    assert left.then.ours == (), _shown(left)


def its_update_may_still_run(left: Left) -> None:
    told = ("interrupted", "unknown-start")
    assert left.ended.outputs["result"] in told, _shown(left)
    assert "may" in left.ended.outputs["reason"], _shown(left)
    assert left.then.stops == 0, _shown(left)


def what_is_theirs_goes_on(left: Left) -> None:
    outputs = left.ended.outputs
    assert outputs["result"] == "interrupted", _shown(left)
    assert "may still be running" in outputs["reason"], _shown(left)
    assert outputs["attribution"] == "attached", _shown(left)
    assert (left.then.starts, left.then.stops) == (0, 0), _shown(left)


def the_verdict_stands(left: Left) -> None:
    assert left.ended.verdict == (0, "succeeded", "true"), _shown(left)
    assert left.then.stops == 0, _shown(left)


_FATES = {
    Fate.NOTHING: nothing_was_started,
    Fate.STOPPED: its_update_is_stopped,
    Fate.MAYBE: its_update_may_still_run,
    Fate.THEIRS: what_is_theirs_goes_on,
    Fate.DECIDED: the_verdict_stands,
}


def _signal(left: Left) -> int:
    return next(n for n, name in enumerate(left.journal) if name.startswith("signal"))


def _shown(left: Left) -> str:
    """Everything that helps to see what happened."""
    ended, post = left.ended, left.post
    said = "" if post is None else f"{post.code} {post.seconds:.1f} s\n{post.log}"
    took = f"{ended.code} {ended.seconds:.1f} s, starved {left.starved:.1f} s"
    seen = f"{left.then}\n{left.finally_}"
    files = f"{ended.outputs}\n{ended.state}"
    journal = (
        f"{when - left.times[0]:5.2f} {name}"
        for when, name in zip(left.times, left.journal, strict=True)
    )
    return "\n".join((took, seen, files, *journal, ended.log, said))
