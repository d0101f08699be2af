"""Where identity tokens come from, when they do not come."""

from __future__ import annotations

import pytest

from dlt_action.core.model import Json
from dlt_action.core.reply import Answer, SignInProblem
from dlt_action.core.signin.identities import AzureDevOps, File, GitHub
from dlt_action.core.signin.steps import Hide, ReadText, Text
from tests.core.signin.flows import Played, play
from tests.core.signin.replies import answer, html

GITHUB = GitHub("https://pipelines.actions.test/id?x=1", "request-token-of-the-job")
AZURE_DEVOPS = AzureDevOps(
    collection="https://dev.azure.com/corp/",
    project="p",
    hub="build",
    plan="1",
    job="2",
    access_token="system-access-token",
)
NO_TOKENS: list[Json] = [
    None,
    7,
    "",
    " ",
    ["a.b.c"],
    {"token": "a.b.c"},
    "a.b.c\n",
    "a b",
    "a.b.c\r\nX-Injected: y",
    "ä.b.c",
    '"a.b.c"',
]


def github(came: Answer) -> Played[str]:
    return play(GITHUB.token("aud"), came, given=GITHUB.secrets)


def azure_devops(came: Answer) -> Played[str]:
    return play(AZURE_DEVOPS.token("aud"), came, given=AZURE_DEVOPS.secrets)


@pytest.mark.parametrize("value", NO_TOKENS)
def test_what_is_no_token_is_not_taken_for_one(value: Json) -> None:
    for played in (
        github(answer(200, {"value": value})),
        azure_devops(answer(200, {"oidcToken": value})),
    ):
        assert played.outage.why == "the answer holds no token"
        assert played.hidden == []


def test_a_token_is_looked_for_where_each_puts_it() -> None:
    both = answer(200, {"value": "of.git.hub", "oidcToken": "of.azure.devops"})
    assert github(both).result == "of.git.hub"
    assert azure_devops(both).result == "of.azure.devops"
    assert "no token" in github(answer(200, {"oidcToken": "a.b.c"})).outage.why
    assert "no token" in azure_devops(answer(200, {"value": "a.b.c"})).outage.why


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_of_github_tells_the_permission_to_give(status: int) -> None:
    played = github(answer(status, {"message": "not you"}))
    assert f"GitHub gave this job no identity token (HTTP {status})" in (
        played.problem.what
    )
    assert "`permissions: id-token: write`" in played.problem.advice
    assert "not you" in played.problem.said


BUSY = "Can't issue ID_TOKEN for job in 'waiting' state"


def test_a_job_that_github_is_busy_with_is_an_outage() -> None:
    came = answer(403, {"message": BUSY})
    assert github(came).outage.reply is came


@pytest.mark.parametrize(
    "came", [answer(401, {"message": BUSY}), answer(403, {"message": "no"})]
)
def test_other_refusals_of_github_are_none(came: Answer) -> None:
    assert isinstance(github(came).problem, SignInProblem)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_of_azure_devops_tells_the_variable_to_map(status: int) -> None:
    played = azure_devops(answer(status, {"message": "TF400813"}))
    assert "Azure DevOps gave this job no identity token" in played.problem.what
    assert "SYSTEM_ACCESSTOKEN: $(System.AccessToken)" in played.problem.advice
    assert "TF400813" in played.problem.said


def test_the_login_page_of_azure_devops_is_no_token() -> None:
    # It answers who is not signed in with 203 and a page, or leads to one.
    assert azure_devops(html(203)).outage.why.startswith("HTTP 203 with text/html")
    moved = html(302, {"location": "https://spsprodweu1.vssps.visualstudio.com/x"})
    assert "a redirect to spsprodweu1.vssps" in azure_devops(moved).outage.why


TOKEN_FILE = File("/run/id-token")


def test_a_file_that_cannot_be_read_is_told_with_the_cause() -> None:
    played = play(TOKEN_FILE.token("aud"), Text(cause="No such file or directory"))
    assert played.steps == [ReadText("/run/id-token")]
    assert "could not be read" in played.problem.what
    assert "inside of the container" in played.problem.advice
    assert played.problem.said == "No such file or directory"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "two tokens",
        "one\ntwo",
        '"a.b.c"',
        "TOKEN=a.b.c x",
        "Bearer a.b.c",
        "a.b.c\0",
        "\ufeffa.b.c",
        '{"value": "a.b.c"}',
        "\uff41.b.c",
    ],
)
def test_a_file_that_holds_more_than_a_token_is_refused_unseen(text: str) -> None:
    played = play(TOKEN_FILE.token("aud"), Text(text))
    assert "does not hold a token" in played.problem.what
    assert played.problem.said == ""
    assert "a.b.c" not in f"{played.problem}"


@pytest.mark.parametrize("text", ["a.b.c", "a.b.c\n", "\r\n\ta.b.c \r\n", "a.b.c=="])
def test_blanks_around_the_token_of_a_file_do_not_count(text: str) -> None:
    played = play(TOKEN_FILE.token("aud"), Text(text))
    assert played.steps[1:] == [Hide(text.strip())]
    assert played.result == text.strip()


def test_a_file_is_read_anew_each_time() -> None:
    first = play(TOKEN_FILE.token("aud"), Text("a.b.1"))
    second = play(TOKEN_FILE.token("aud"), Text("a.b.2"))
    assert (first.result, second.result) == ("a.b.1", "a.b.2")
