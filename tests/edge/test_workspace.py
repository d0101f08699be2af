"""The reads before the start, in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dlt_action.core.model import Pipeline, PipelineId, Result
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.core.steps import Why
from dlt_action.core.verdicts import Verdict
from dlt_action.edge.line import Arrived, Interrupted, Ticket
from dlt_action.edge.workspace import MOST_PAGES, Leave, Workspace
from dlt_action.standin import Fault as Spoiled
from dlt_action.standin import Workspace as Standin
from tests.edge.lines import ScriptedLine
from tests.story.virtual import TOKEN, VirtualLine

JSON = {"content-type": "application/json"}


ID = PipelineId("a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05")
FOUND = Answer(200, JSON, b'{"pipeline_id": "%s", "name": "x"}' % ID.encode())


def look(line: ScriptedLine, deadline: float = 1e6) -> Pipeline | Verdict:
    return Workspace(line, lambda: 0.5, deadline=deadline).find(ID, None)


def test_a_pipeline_is_found_by_its_id() -> None:
    found = look(ScriptedLine(FOUND))
    assert isinstance(found, Pipeline)
    assert found.pipeline_id == ID


HICCUPS = (
    Fault(FaultKind.UNCONNECTED),
    Fault(FaultKind.UNRESOLVED),
    Fault(FaultKind.READ_TIMEOUT),
    Fault(FaultKind.BROKEN),
    Fault(FaultKind.PROXY),
    Answer(500, {}, b""),
    Answer(503, {"retry-after": "3"}, b""),
    Answer(200, {"content-type": "text/html"}, b"<html>"),
)
THROTTLED = Answer(429, {}, b"")


@pytest.mark.parametrize("hiccup", [*HICCUPS, THROTTLED])
def test_a_hiccup_is_waited_out(hiccup: Reply) -> None:
    assert isinstance(look(ScriptedLine(hiccup, hiccup, FOUND)), Pipeline)


OTHER = Answer(200, JSON, b'{"pipeline_id": "%s", "name": "y"}' % ID[::-1].encode())


def test_an_answer_about_another_pipeline_is_asked_for_again() -> None:
    line = ScriptedLine(OTHER, FOUND)
    found = look(line)
    assert isinstance(found, Pipeline)
    assert (found.pipeline_id, len(line.calls)) == (ID, 2)


def test_no_other_pipeline_is_taken_for_the_one_that_is_asked_for() -> None:
    verdict = look(ScriptedLine(OTHER))
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.UNREACHABLE
    assert verdict.server_said == "the answer is about another pipeline"


def test_of_several_none_is_taken_for_another() -> None:
    line = ScriptedLine(FOUND)
    ids = (ID, PipelineId(ID[::-1]))
    one, other = Workspace(line, lambda: 0.5).find_all([(one, None) for one in ids])
    assert isinstance(one, Pipeline)
    assert isinstance(other, Verdict)


def test_an_id_in_capitals_is_the_same_id() -> None:
    found = Workspace(ScriptedLine(FOUND), lambda: 0.5).find(
        PipelineId(ID.upper()), None
    )
    assert isinstance(found, Pipeline)
    assert found.pipeline_id == ID


@pytest.mark.parametrize("reply", [*HICCUPS, None])
def test_after_30_seconds_it_is_told_that_nothing_was_started(
    reply: Reply | None,
) -> None:
    line = ScriptedLine(reply)
    verdict = look(line)
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.UNREACHABLE
    assert "Nothing was started" in verdict.reason
    assert 15 <= line.seconds <= 30
    assert all(at + within <= 30 for at, _, within in line.calls)


def test_who_asks_for_patience_gets_more_of_it() -> None:
    line = ScriptedLine(THROTTLED)
    verdict = look(line)
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.UNREACHABLE
    assert 240 <= line.seconds <= 300 + 1


def test_tries_lie_further_and_further_apart() -> None:
    line = ScriptedLine(Fault(FaultKind.UNCONNECTED), takes=0.0)
    look(line)
    times = [at for at, *_ in line.calls]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert 3 <= len(times) <= 6


def test_the_server_may_ask_for_a_longer_pause() -> None:
    line = ScriptedLine(Answer(429, {"retry-after": "17"}, b""), FOUND, takes=0.0)
    look(line)
    assert line.seconds == 17.0


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Fault(FaultKind.UNTRUSTED, "certificate has expired"), Result.UNREACHABLE),
        (Fault(FaultKind.UNSENDABLE), Result.UNREACHABLE),
        (Answer(302, {"location": "https://login.example"}, b""), Result.UNREACHABLE),
        (Answer(401, JSON, b'{"message": "no"}'), Result.UNAUTHORIZED),
        (Answer(404, JSON, b'{"message": "no"}'), Result.MISCONFIGURED),
        (Answer(200, JSON, b'{"unexpected": 1}'), Result.UNREACHABLE),
    ],
)
def test_what_will_not_change_is_told_at_once(reply: Reply, result: Result) -> None:
    line = ScriptedLine(reply, takes=0.0)
    verdict = look(line)
    assert isinstance(verdict, Verdict)
    assert verdict.result is result
    assert len(line.calls) == 1
    assert line.seconds == 0.0


NO = Answer(403, JSON, b'{"message": "no"}')


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (
            Answer(200, JSON, b'{"userName": "ci-bot@example.com"}'),
            "ci-bot@example.com",
        ),
        (Answer(200, JSON, b'{"userName": "a\\n##[x]"}'), "a ##[x]"),
        (Answer(200, JSON, b"{}"), "the principal that signs in"),
        (NO, "the principal that signs in"),
        (Fault(FaultKind.BROKEN), "the principal that signs in"),
    ],
)
def test_a_403_says_who_needs_what_and_that_the_id_may_be_wrong(
    who: Reply, told: str
) -> None:
    line = ScriptedLine(NO, who, takes=0.0)
    verdict = look(line)
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.UNAUTHORIZED
    assert [call.path for _, call, _ in line.calls][1:] == [
        "/api/2.0/preview/scim/v2/Me"
    ]
    for words in (told, "CAN RUN", ID, "mistyped"):
        assert words in verdict.advice


@pytest.mark.parametrize("at", [0.5, 1.5])
def test_the_late_reply_to_another_call_is_not_ours(at: float) -> None:
    line = ScriptedLine(Fault(FaultKind.UNCONNECTED), FOUND)
    other = Answer(200, JSON, b'{"pipeline_id": "late", "name": "late"}')
    line.arrives(at, Arrived(Ticket(99), other))
    found = look(line)
    assert isinstance(found, Pipeline)
    assert found.name == "x"


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
@pytest.mark.parametrize("at", [0.5, 1.5])
def test_a_signal_ends_the_call_and_the_pause_between_two(why: Why, at: float) -> None:
    line = ScriptedLine(Fault(FaultKind.UNCONNECTED))
    line.arrives(at, Interrupted(why))
    with pytest.raises(Leave) as left:
        look(line)
    assert left.value.why is why
    assert line.seconds == at


@pytest.mark.parametrize("deadline", [0.5, 1.5])
def test_the_timeout_of_the_run_ends_the_call_and_the_pause(deadline: float) -> None:
    line = ScriptedLine(Fault(FaultKind.UNCONNECTED))
    with pytest.raises(Leave) as left:
        look(line, deadline)
    assert left.value.why is Why.TIMEOUT
    assert line.seconds == deadline


def standin(*, page_size: int = 25) -> VirtualLine:
    line = VirtualLine()
    line.workspace = Standin(
        clock=line.epoch, token=TOKEN, page_size=page_size, log=lambda _: None
    )
    return line


def by_name(name: str, line: VirtualLine | None = None) -> Pipeline | Verdict:
    line = standin() if line is None else line
    return Workspace(line, lambda: 0.5).find(None, name)


@pytest.mark.parametrize("page_size", [1, 2, 25])
def test_a_name_is_looked_for_on_every_page(page_size: int) -> None:
    found = by_name("success", standin(page_size=page_size))
    assert isinstance(found, Pipeline)
    assert found.name == "success"


def refused(name: str) -> Verdict:
    verdict = by_name(name)
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.MISCONFIGURED
    assert "Nothing was started" in verdict.reason
    return verdict


def test_of_two_pipelines_of_one_name_neither_is_started() -> None:
    line = standin()
    assert line.workspace is not None
    ids = [
        pipeline.pipeline_id
        for pipeline in line.workspace.world.pipelines.values()
        if pipeline.name == "twins"
    ]
    verdict = refused("twins")
    assert verdict.reason.startswith("2 pipelines have the name")
    assert all(one in verdict.advice for one in ids)


def test_no_pipeline_of_that_name_lists_those_that_end_with_it_first() -> None:
    verdict = refused("ccess")
    assert "Similar: [dev anna] success (" in verdict.advice


def test_no_pipeline_at_all_is_told_without_a_list() -> None:
    assert refused("no such thing").server_said == ""


def test_who_put_commas_between_names_is_told_how_several_are_written() -> None:
    assert "go one a line" in refused("success,metrics").advice
    assert "go one a line" not in refused("success metrics").advice


@pytest.mark.parametrize("name", ["succes_", "SUCCESS", "s%", "success ", "%"])
def test_a_name_is_no_pattern(name: str) -> None:
    assert refused(name).reason.startswith("No pipeline")


@pytest.mark.parametrize("name", ["it's", "''", "x' OR name LIKE '%"])
def test_a_quote_in_a_name_is_a_quote(name: str) -> None:
    # The stand-in refuses a filter that it cannot read, and then says so.
    assert refused(name).reason.startswith("No pipeline")


def test_a_pipeline_on_two_pages_is_one_pipeline() -> None:
    page = b'{"statuses": [{"pipeline_id": "%s", "name": "x"}]%s}'
    line = ScriptedLine(
        Answer(200, JSON, page % (ID.encode(), b', "next_page_token": "2"')),
        Answer(200, JSON, page % (ID.encode(), b"")),
        FOUND,
    )
    found = Workspace(line, lambda: 0.5).find(None, "x")
    assert isinstance(found, Pipeline)
    assert [call.query for _, call, _ in line.calls][1] == (
        ("max_results", "100"),
        ("page_token", "2"),
    )


def test_pages_without_end_come_to_an_end() -> None:
    endless = b'{"statuses": [], "next_page_token": "again"}'
    line = ScriptedLine(Answer(200, JSON, endless))
    verdict = Workspace(line, lambda: 0.5).find(None, "x")
    assert isinstance(verdict, Verdict)
    assert len(line.calls) == 50


def test_a_list_that_is_refused_is_told() -> None:
    line = standin()
    assert line.workspace is not None
    line.workspace.faults.append(
        Spoiled(
            method="GET",
            path_pattern="/pipelines$",
            status=403,
            headers=JSON,
            body='{"error_code": "PERMISSION_DENIED", "message": "no"}',
        )
    )
    verdict = by_name("success", line)
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.UNAUTHORIZED
    assert "look up the pipeline by name" in verdict.reason


def test_many_similar_names_are_not_all_shown() -> None:
    rows = b",".join(
        b'{"pipeline_id": "%d", "name": "[dev %d] orders"}' % (n, n) for n in range(30)
    )
    line = ScriptedLine(Answer(200, JSON, b'{"statuses": [%s]}' % rows))
    verdict = Workspace(line, lambda: 0.5).find(None, "orders")
    assert isinstance(verdict, Verdict)
    assert verdict.advice.count("[dev ") == 10


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 1.0), (0.5, 1.5)])
def test_chance_spreads_the_pauses(chance: float, pause: float) -> None:
    line = ScriptedLine(Fault(FaultKind.UNCONNECTED), FOUND, takes=0.0)
    Workspace(line, lambda: chance).find(ID, None)
    assert line.seconds == pause


def test_names_on_more_pages_than_are_read_are_no_match() -> None:
    page = b'{"statuses": [{"pipeline_id": "%s", "name": "x"}], "next_page_token": "t"}'
    line = ScriptedLine(Answer(200, JSON, page % ID.encode()), takes=0.1)
    verdict = Workspace(line, lambda: 0.5).find(None, "x")
    assert isinstance(verdict, Verdict)
    assert verdict.result is Result.MISCONFIGURED
    assert len(line.calls) == MOST_PAGES
