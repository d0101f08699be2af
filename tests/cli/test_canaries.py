"""No secret is told anywhere, whatever goes wrong and whoever gives it away."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest
import requests
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from dlt_action.core.steps import Why
from dlt_action.standin import CLIENT_ID, Fault, Request
from dlt_action.standin.wire import Response
from tests.cli.canaries import (
    KINDS,
    Meddle,
    Secrets,
    Show,
    echoes,
    elsewhere,
    forms,
    page,
    refusal,
)
from tests.cli.program import environment, shop, start

Trouble = Callable[[Show], None]
TROUBLES: dict[str, Trouble] = {}
MODES = ("calm", "debug")
POOL = HTTPSConnectionPool("canary.example")
CONNECTION = HTTPSConnection("canary.example")


def trouble(made: Trouble) -> Trouble:
    """*made* is one of the things that go wrong."""
    TROUBLES[made.__name__] = made
    return made


def answers(status: int, how: Callable[[Show, int], Response] = refusal) -> Meddle:
    return lambda show, _request, _answer: how(show, status)


def always(name: str, api: Meddle | None = None, sign_in: Meddle | None = None) -> None:
    def arrange(show: Show) -> None:
        if api is not None:
            show.api = api
        if sign_in is not None:
            show.sign_in = sign_in

    TROUBLES[name] = arrange


def raises(make: Callable[[Show], Exception]) -> Meddle:
    def meddle(show: Show, request: Request, answer: Response) -> NoReturn:
        del request, answer
        raise make(show)

    return meddle


# What the workspace answers, and what sign-ins are answered

for code in (400, 401, 403, 404, 409, 429, 500, 503):
    always(f"the API answers {code}", api=answers(code))
    always(f"a sign-in is answered {code}", sign_in=answers(code))
for code in (200, 401, 403, 502):
    always(f"the API answers {code} with a page", api=answers(code, page))
    always(f"a sign-in is answered {code} with a page", sign_in=answers(code, page))
for code in (302, 307):
    always(f"the API redirects with {code}", api=answers(code, elsewhere))
    always(f"a sign-in is redirected with {code}", sign_in=answers(code, elsewhere))


def half(show: Show, request: Request, answer: Response) -> Response:
    del request
    body = answer.body[: len(answer.body) // 2] + show.echo().encode()
    return Response(answer.status, answer.headers, body)


def strange_headers(show: Show, request: Request, answer: Response) -> Response:
    if request.method == "POST" and request.path.endswith("/updates"):
        return answer
    said = show.echo()
    names = ("x-request-id", "x-databricks-request-id", "www-authenticate")
    return refusal(show, 400, **dict.fromkeys((*names, "retry-after", "date"), said))


def odd_token(show: Show, request: Request, answer: Response) -> Response:
    if not request.path.endswith("/token"):
        return answer
    said = json.dumps(show.echo())
    body = f'{{"access_token": {said}, "token_type": 7, "hint": {said}}}'
    return Response(200, answer.headers, body.encode())


def strange_type(show: Show, request: Request, answer: Response) -> Response:
    del show, request
    return Response(200, answer.headers, answer.body.replace(b"Bearer", b"mac"))


def foreign_endpoint(show: Show, request: Request, answer: Response) -> Response:
    if "/.well-known/" not in request.path:
        return answer
    where = f"https://evil.example/{show.echo().encode().hex()[:200]}"
    body = f'{{"token_endpoint": "{where}", "oidc_endpoint": "{where}"}}'
    return Response(200, answer.headers, body.encode())


always("the API answers half of it", api=half)
always("a sign-in is answered half of it", sign_in=half)
always("headers tell", api=strange_headers, sign_in=strange_headers)
always("a token is none", sign_in=odd_token)
always("a token is of a strange type", sign_in=strange_type)
always("the token endpoint is a stranger's", sign_in=foreign_endpoint)


# What requests raises: its texts, and what hangs on them, tell all

RAISED: dict[str, Callable[[Show], Exception]] = {
    "no name": lambda show: requests.ConnectionError(
        _exhausted(
            NameResolutionError(show.echo(), CONNECTION, socket.gaierror(-2, "unknown"))
        )
    ),
    "no connection": lambda show: requests.ConnectionError(
        _exhausted(NewConnectionError(CONNECTION, show.echo()))
    ),
    "no trust": lambda _: requests.exceptions.SSLError(_exhausted(_untrusted())),
    "no tunnel": lambda show: requests.exceptions.ProxyError(
        _exhausted(
            ProxyError("no", OSError(f"Tunnel connection failed: 407 {show.echo()}"))
        )
    ),
    "no answer": lambda show: requests.ReadTimeout(
        ReadTimeoutError(POOL, f"/?token={show.echo()}", show.echo())
    ),
    "a broken connection": lambda show: requests.ConnectionError(
        ProtocolError(show.echo(), ConnectionResetError(104, show.echo()))
    ),
    "a header that cannot be sent": lambda show: requests.exceptions.InvalidHeader(
        f"Invalid return character in header: 'Bearer {show.echo()}'"
    ),
    "an error of the system": lambda show: OSError(5, show.echo()),
    "a value that is wrong": lambda show: ValueError(show.echo()),
    "an error of ours": lambda show: show.broken(),
}


def _exhausted(inside: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/", inside)


def _untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


BUGS = ("the API: an error of ours", "a sign-in: an error of ours")

for why, make in RAISED.items():
    always(f"the API: {why}", api=raises(make))
    always(f"a sign-in: {why}", sign_in=raises(make))


# What happens in the middle


def meanwhile(show: Show, do: Callable[[], None]) -> None:
    """While the update runs."""
    show.pipeline = "success"
    show.line.at(30.0, do)


@trouble
def the_principal_is_deleted(show: Show) -> None:
    def delete() -> None:
        show.workspace.identity.revoke()
        show.workspace.world.token = "another"
        show.sign_in = answers(401)

    meanwhile(show, delete)


@trouble
def a_permission_is_taken_away(show: Show) -> None:
    meanwhile(show, lambda: setattr(show, "api", answers(403)))


@trouble
def an_outage_that_does_not_end(show: Show) -> None:
    show.flags.append("--outage-grace=2m")
    meanwhile(show, lambda: setattr(show, "api", answers(500, page)))


@trouble
def the_answer_to_the_start_is_lost(show: Show) -> None:
    def lost(show: Show, request: Request, answer: Response) -> Response:
        started = request.method == "POST" and request.path.endswith("/updates")
        return page(show, 502) if started else answer

    show.api = lost


@trouble
def the_start_is_refused(show: Show) -> None:
    def refused(show: Show, request: Request, answer: Response) -> Response:
        return refusal(show, 400) if request.method == "POST" else answer

    show.api = refused


@trouble
def events_tell(show: Show) -> None:
    """The pipeline's own words: whoever wrote it had its secrets in them."""

    def told(show: Show, request: Request, answer: Response) -> Response:
        if not request.path.endswith("/events"):
            return answer
        said = show.echo().replace("\\", "\\\\").replace('"', '\\"').encode()
        body = answer.body.replace(b'"message": "', b'"message": "' + said + b" ")
        return Response(answer.status, answer.headers, body)

    show.api = told


@trouble
def the_name_of_the_pipeline_tells(show: Show) -> None:
    said = show.echo()
    show.workspace.rename("code-error", said)
    show.pipeline = said


@trouble
def a_signal_comes(show: Show) -> None:
    show.line.interrupt_at(30.0, Why.SIGTERM)


@trouble
def it_times_out(show: Show) -> None:
    show.flags.append("--timeout=60s")
    show.pipeline = "slow-resources"


@trouble
def another_update_is_active(show: Show) -> None:
    show.pipeline = "already-active"


# What the surroundings do


@trouble
def the_disk_is_full_under_the_outputs(show: Show) -> None:
    show.environ["GITHUB_OUTPUT"] = "/dev/full"


@trouble
def the_outputs_vanish(show: Show) -> None:
    meanwhile(show, (show.folder / "output").unlink)


@trouble
def there_is_no_state(show: Show) -> None:
    (show.folder / "state").unlink()


@trouble
def the_summary_cannot_be_written(show: Show) -> None:
    show.environ["GITHUB_STEP_SUMMARY"] = str(show.folder)


@trouble
def the_reports_cannot_be_written(show: Show) -> None:
    (show.folder / "reports").write_text("a file")


@trouble
def the_log_is_closed(show: Show) -> None:
    meanwhile(show, lambda: setattr(show, "log_fails", True))


@trouble
def there_is_no_ci(show: Show) -> None:
    for name in ("GITHUB_ACTIONS", "CI"):
        show.environ.pop(name)


# What people do to secrets

SECRET_VARIABLES = (
    *("DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_OIDC_TOKEN"),
    *("SYSTEM_ACCESSTOKEN", "ARM_CLIENT_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
)


def spoiled(name: str, how: Callable[[str], str]) -> None:
    def arrange(show: Show) -> None:
        for variable in SECRET_VARIABLES:
            if show.environ.get(variable):
                show.environ[variable] = how(show.environ[variable])
        path = show.environ.get("DATABRICKS_OIDC_TOKEN_FILEPATH")
        if path:
            Path(path).write_text(how(Path(path).read_text()))

    TROUBLES[f"the secret has {name}"] = arrange


spoiled("a line break in it", lambda secret: secret[:20] + "\n" + secret[20:])
spoiled("a byte-order mark", lambda secret: "\ufeff" + secret)
spoiled("quotes", lambda secret: f'"{secret}"')
spoiled("a blank in it", lambda secret: secret[:20] + " " + secret[20:])
spoiled("Bearer before it", lambda secret: f"Bearer {secret}")
spoiled("a letter outside ASCII", lambda secret: f"{secret}é")


@trouble
def the_token_file_is_not_there(show: Show) -> None:
    if "DATABRICKS_OIDC_TOKEN_FILEPATH" in show.environ:
        Path(show.environ["DATABRICKS_OIDC_TOKEN_FILEPATH"]).unlink()


@trouble
def two_ways_are_set_up(show: Show) -> None:
    show.secrets.told += [show.secrets.token, show.secrets.client]
    show.environ["DATABRICKS_TOKEN"] = show.secrets.token
    show.environ["DATABRICKS_CLIENT_ID"] = "5b2f1c0e-6d3a-4f55-9a57-0b8f3a1c9d42"
    show.environ["DATABRICKS_CLIENT_SECRET"] = show.secrets.client


@trouble
def a_secret_is_given_as_a_flag(show: Show) -> None:
    show.secrets.told.append(show.secrets.token)
    show.flags.append(f"--token={show.secrets.token}")


@trouble
def a_secret_is_given_as_a_flag_that_there_is_not(show: Show) -> None:
    show.secrets.told.append(show.secrets.token)
    show.flags.append(f"--api-key={show.secrets.token}")


# Bugs of ours, whose texts tell all

PLACES = (
    ("core/watch.py", "_round"),
    ("core/launch.py", "script"),
    ("core/exchange.py", "decide"),
    ("core/signin/answers.py", "granted"),
    ("core/signin/bearer.py", "seconds_of"),
    ("core/signin/keeping.py", "judge"),
    ("core/telling.py", "line"),
    ("edge/auth/courier.py", "_may_go"),
    ("edge/auth/signed.py", "get"),
    ("edge/sender.py", "_headers"),
    ("edge/trust.py", "__call__"),
    ("edge/ci/github.py", "annotate"),
    ("edge/files.py", "write_reports"),
    ("reports/outputs.py", "render"),
    ("reports/summary.py", "render"),
    ("reports/jsonreport.py", "render"),
    ("settings/load.py", "_secrets"),
    ("publishing.py", "publish"),
)


@contextmanager
def breaking(show: Show, place: tuple[str, str]) -> Iterator[None]:
    """Whenever the program calls that function, it raises."""

    def watch(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        there = code.co_filename.endswith(f"dlt_action/{place[0]}")
        if event == "call" and there and code.co_name == place[1]:
            raise show.broken()

    before = sys.getprofile()
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def assert_silent(show: Show, left: str, capfd: pytest.CaptureFixture[str]) -> None:
    said = capfd.readouterr()
    assert show.secrets.found(left + said.out + said.err) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_told_whatever_goes_wrong(
    tmp_path: Path, kind: str, mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(TROUBLES) > 60
    for number, (name, arrange) in enumerate(TROUBLES.items()):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        show = Show(folder, kind, mode, number + len(mode))
        arrange(show)
        left = show.show()

        assert ("internal-error" in left) <= (name in BUGS), name
        assert (show.secrets.found(left), name) == ([], name)
        assert_silent(show, left, capfd)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_bug_tells_a_secret(
    tmp_path: Path, kind: str, mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, place in enumerate(PLACES):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        show = Show(folder, kind, mode, number)
        with breaking(show, place):
            left = show.show()

        assert (show.secrets.found(left), place) == ([], place)
        assert_silent(show, left, capfd)


# Texts are cut, and a cut may fall into a secret

BEFORE = (*range(380, 520, 24), *range(600, 720, 16))  # characters, of a long text


def pieces(secret: str, of: int = 16) -> list[str]:
    return [secret[at : at + of] for at in range(len(secret) - of + 1)]


@pytest.mark.parametrize("form", ["as it is", "hex"])
@pytest.mark.parametrize("kind", ["pat", "oauth-m2m"])
def test_no_piece_of_a_secret_outlives_a_cut(
    tmp_path: Path, kind: str, form: str
) -> None:
    for before in BEFORE:
        folder = tmp_path / f"{before}"
        folder.mkdir()
        show = Show(folder, kind, "calm", 0)
        secret = forms(show.secrets.told[0])[form]
        said = json.dumps({"error_code": "E", "message": "x" * before + " " + secret})
        answer = Response(400, {"content-type": "application/json"}, said.encode())
        show.api = show.sign_in = always_says(answer)
        left = show.show()

        assert "xxx" in left
        assert [piece for piece in pieces(secret) if piece in left] == []


def always_says(answer: Response) -> Meddle:
    return lambda _show, _request, _answer: answer


# And the real process, where a session, a signal handler and two streams are real

SENT = {
    "the API refuses": ("GET", "/api/2.0/pipelines/", 401),
    "the start is refused": ("POST", "/updates$", 400),
    "the token endpoint refuses": ("POST", "/oidc/v1/token", 400),
    "the CI refuses": ("GET", "/_ci/github/", 403),
}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("case", SENT)
def test_the_process_tells_no_secret(tmp_path: Path, case: str, *, debug: bool) -> None:
    secrets = Secrets()
    github = case == "the CI refuses"
    secrets.told = [secrets.github if github else secrets.client]
    method, path, status = SENT[case]
    said = " ".join(echo for secret in secrets.told for echo in echoes(secret))
    body = json.dumps({"error_description": said, "message": said})
    with shop() as served:
        own = served.workspace.identity
        own.principals[CLIENT_ID] = secrets.client
        served.workspace.faults.append(
            Fault(
                method=method,
                path_pattern=path,
                times=1000,
                status=status,
                headers={"content-type": "application/json", "www-authenticate": said},
                body=body,
            )
        )
        ci = f"{served.server.url}/_ci/github/idtoken?api-version=2.0"
        identity = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": ci,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secrets.github,
        }
        secret = {"INPUT_CLIENT-SECRET": secrets.client}
        environ = environment(
            tmp_path,
            INPUT_TOKEN="",
            RUNNER_DEBUG="1" if debug else "0",
            **{"INPUT_CLIENT-ID": CLIENT_ID},
            **(identity if github else secret),
        )
        ended = start(tmp_path, *served.flags("success"), environ=environ).end()

    assert ended.code in (2, 3, 4)
    made = [*own.grants, *secrets.told]
    found = {
        name: form
        for secret in made
        for name, form in forms(secret).items()
        if form in ended.everything
    }
    assert found == {}
