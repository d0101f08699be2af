from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dlt_action import __version__
from dlt_action.cli import main
from dlt_action.composing import LARGEST_BUNDLE, authorities, explained
from dlt_action.demo import GATE_EXAMPLE, demo
from dlt_action.edge.ci import choose
from dlt_action.edge.writer import Writer
from dlt_action.running import crash
from dlt_action.settings.load import reporting_of
from dlt_action.settings.table import INPUTS
from dlt_action.standin import JOBS, SCENARIOS
from dlt_action.world import Desk
from tests.cli.program import CANARY, environment, start
from tests.edge.authority import Authority
from tests.oracles.runner import environment_file

Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """The exit code and the words of the program, in this process."""

    def run(*argv: str) -> tuple[int, str]:
        code = main(list(argv))
        shown = capsys.readouterr()
        assert shown.err == ""
        return code, shown.out

    return run


def test_the_version_is_one_line(said: Said) -> None:
    assert said("--version") == (0, f"dlt-action {__version__}\n")


@pytest.mark.parametrize(
    "argv", [["--help"], ["-h"], ["help"], ["run", "--help"], ["demo", "-h"]]
)
def test_help_names_every_input(said: Said, argv: list[str]) -> None:
    code, words = said(*argv)
    assert code == 0
    assert all(one.name in words for one in INPUTS)


def test_help_as_a_value_is_a_value(tmp_path: Path) -> None:
    ended = start(tmp_path, "--pipeline-name", "help").end()
    assert ended.verdict == (2, "misconfigured", "false")


def test_an_argument_too_many_is_misconfigured(tmp_path: Path) -> None:
    ended = start(tmp_path, "run", "success").end()
    assert ended.verdict == (2, "misconfigured", "false")
    assert "Argument 1 belongs to no flag" in ended.log


def test_the_list_of_scenarios_has_a_line_for_each(said: Said) -> None:
    code, words = said("demo", "--list")
    assert code == 0
    plays, (heading, *jobs), (example,) = map(str.splitlines, words.split("\n\n"))
    rows = [line.split()[:2] for line in plays]
    assert rows == [[name, play.expect] for name, play in SCENARIOS.items()]
    assert "Jobs" in heading
    assert [line.split()[0] for line in jobs] == list(JOBS)
    assert GATE_EXAMPLE in example


def test_an_unknown_scenario_is_refused_with_those_that_there_are(said: Said) -> None:
    code, words = said("demo", "sucess")
    assert code == 2
    assert "there is no scenario of that name" in words
    assert all(name in words for name in SCENARIOS)


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["demo", "--odd"], "unrecognized arguments: --odd"),
        (
            ["demo", "--out", "/dev/null"],
            "/dev/null cannot be made: File exists",
        ),
        (["demo", "--quality-gate", "a b"], "quality-gate: Line 1, column 3 of `a b`"),
        (
            ["demo", "--quality-gate", "file:no"],
            "The file with its rules cannot be",
        ),
        (["demo", "--quality-gate", "file:/a"], "The path leads out of the checkout"),
        (["standin", "--port", "x"], "invalid int value"),
        (["standin", "--port", "99999"], "it cannot be served at 127.0.0.1:99999"),
        (["standin", "--bind", "192.0.2.1"], "it cannot be served at 192.0.2.1:0"),
        (["standin", "--cert", "a"], "--cert and --key belong together"),
        (["standin", "--cert", "a", "--key", "b"], "No such file or directory"),
        (["standin", "--scenario", "x"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    said: Said, argv: list[str], why: str
) -> None:
    code, words = said(*argv)
    assert code == 2
    assert why in words
    assert len(words.splitlines()) == 1


def test_a_port_that_is_in_use_is_told(said: Said) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, words = said("standin", "--port", str(taken.getsockname()[1]))
    assert code == 2
    assert "Address already in use" in words


class Codes:
    """A main job that does nothing but end with these codes, and remembers."""

    def __init__(self, *codes: int) -> None:
        self._codes = list(codes)
        self.given: list[Sequence[str]] = []

    def __call__(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        # Nothing of the user's own.
        assert list(environ) == ["DATABRICKS_TOKEN", "GITHUB_WORKSPACE"]
        assert Path(environ["GITHUB_WORKSPACE"]).is_absolute()
        self.given.append(argv)
        return self._codes.pop(0)


def silent() -> Writer:
    return Writer(None, clock=None, github=False)


@pytest.mark.parametrize(
    ("codes", "code"), [((0, 1), 0), ((0, 0), 1), ((1, 1), 1), ((130,), 130)]
)
def test_a_demo_is_good_if_each_scenario_came_to_its_end(
    codes: tuple[int, ...], code: int, tmp_path: Path
) -> None:
    jobs = Codes(*codes)
    assert demo(["--out", str(tmp_path)], silent(), jobs) == code
    assert len(jobs.given) == len(codes)


@pytest.mark.parametrize(
    ("scenario", "code", "demos"),
    [("success", 5, 0), ("success", 0, 0), ("retry-fails", 5, 1), ("success", 2, 1)],
)
def test_a_gate_of_ones_own_may_fail_where_the_update_completes(
    scenario: str, code: int, demos: int, tmp_path: Path
) -> None:
    jobs = Codes(code, code)
    gate = ["--quality-gate", "all failed <= 5%"]
    assert demo([scenario, *gate, "--out", str(tmp_path)], silent(), jobs) == demos
    assert "--quality-gate=all failed <= 5%" in jobs.given[0]
    if code == 5:
        ungated = ["success", "--out", str(tmp_path), "--quality-gate", " "]
        assert demo(ungated, silent(), jobs) == 1
        assert not [flag for flag in jobs.given[1] if "gate" in flag]


def test_a_gate_in_a_file_is_read_where_the_demo_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gate.txt").write_text("all failed <= 5%\nall rows >= 1\n")
    jobs = Codes(0)
    assert demo(["success", "--quality-gate", "file:gate.txt"], silent(), jobs) == 0
    assert "--quality-gate=all failed <= 5%\nall rows >= 1\n" in jobs.given[0]


@pytest.mark.parametrize("written", [True, False])
def test_a_summary_is_named_only_where_it_was_written(
    *, written: bool, tmp_path: Path
) -> None:
    summary = tmp_path / "success" / "summary.md"
    summary.parent.mkdir()
    summary.write_text("of yesterday")
    os.utime(summary, (1, 1))

    def job(argv: Sequence[str], environ: Mapping[str, str]) -> int:
        assert environ["GITHUB_WORKSPACE"] == str(tmp_path)
        assert "--report-dir=success" in argv
        if written:
            summary.write_text("of today")
        return 0

    stream = StringIO()
    said = Writer(stream, clock=None, github=False)
    assert demo(["success", "--out", str(tmp_path)], said, job) == 0
    told = f"summary: {summary}" if written else "no summary was written"
    assert stream.getvalue().endswith(f"\nexit code 0; {told}\n")


def test_a_continuous_pipeline_is_waited_for_until_it_runs(tmp_path: Path) -> None:
    jobs = Codes(0)
    assert demo(["continuous", "--out", str(tmp_path)], silent(), jobs) == 0
    assert {"--wait-for=running", "--report-dir=continuous"} <= set(jobs.given[0])


@pytest.mark.parametrize(
    ("name", "code"), [("two-pipelines", 0), ("repaired", 1), ("runs-limited", 7)]
)
def test_a_job_is_run_by_its_id_and_comes_to_its_end(
    name: str, code: int, tmp_path: Path
) -> None:
    codes = Codes(code)
    assert demo([name, "--out", str(tmp_path)], silent(), codes) == 0
    (given,) = codes.given
    assert [flag for flag in given if flag.startswith("--job-id=")]
    assert not [flag for flag in given if flag.startswith("--pipeline")]


def test_the_stand_in_lists_its_jobs_beside_its_pipelines(tmp_path: Path) -> None:
    program = start(tmp_path, "standin", "--scenario", "two-pipelines")
    assert program.process.stdout is not None
    lines = [program.process.stdout.readline().decode().split() for _ in range(3)]
    assert lines[2][:2] == ["two-pipelines", "job"]
    assert lines[2][2].isdecimal()
    assert program.signal(signal.SIGTERM).code == 0


def test_what_nobody_has_thought_of_is_told_as_a_bug(said: Said) -> None:
    code, words = said("standin", "--bind", "\0")
    assert code == 70
    assert words.startswith("error: a bug in dlt-action (")
    assert len(words.splitlines()) == 1


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_bug_is_an_ending_and_tells_values_only_to_who_debugs(
    tmp_path: Path, debug: str
) -> None:
    environ = environment(tmp_path, RUNNER_DEBUG=debug)
    stream = StringIO()
    writer = Writer(stream, clock=None, github=True)
    writer.hide(CANARY)
    desk = Desk(choose(environ, writer), writer, tmp_path)
    error = RuntimeError(f"something with {CANARY}")
    explain = explained(environ, desk)
    assert crash(error, explain, reporting_of([], environ), desk) == 70
    outputs = environment_file((tmp_path / "output").read_bytes())
    assert (outputs["result"], outputs["ok"]) == ("internal-error", "false")
    assert "A bug in this action (RuntimeError)" in outputs["reason"]
    assert ("something with ***" in stream.getvalue()) == (debug == "1")
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.pem", "`missing.pem`: there is no such file"),
        (".", "it is a folder"),
        ("latin1.pem", "it is not text"),
        ("empty.pem", "it holds no certificate"),
        ("pipe.pem", "it is not a file"),
        ("zero.pem", "a link leads out of the checkout"),
        ("out.pem", "a link leads out of the checkout"),
        ("through/ca.pem", "a link leads out of the checkout"),
        ("large.pem", "it is far too large"),
        ("../pipe.pem", "it is not a file"),
        ("../gone.pem", "No such file or directory"),
        ("/dev/zero", "it is not a file"),
        ("/dev", "it is not a file"),
    ],
)
def test_a_bundle_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, why: str
) -> None:
    root = tmp_path / "checkout"
    root.mkdir()
    (tmp_path / "ca.pem").write_text("a certificate")
    (root / "latin1.pem").write_bytes(b"\xe9")
    (root / "empty.pem").touch()
    (root / "zero.pem").symlink_to("/dev/zero")
    (root / "out.pem").symlink_to(tmp_path / "ca.pem")
    (root / "through").symlink_to(tmp_path)
    with (root / "large.pem").open("wb") as large:
        large.truncate(LARGEST_BUNDLE + 1)
    for folder in (root, tmp_path):
        os.mkfifo(folder / "pipe.pem")
    pem, problems = authorities([f"--ca-bundle={name}"], {}, root)
    assert pem is None
    assert [why in str(problem) for problem in problems] == [True]


def test_a_bundle_outside_of_the_checkout_is_read_where_it_is_named_so(
    tmp_path: Path,
) -> None:
    root, authority = tmp_path / "checkout", Authority(tmp_path)
    (root / "ci").mkdir(parents=True)
    (tmp_path / "ca.pem").write_text(authority.pem)
    (root / "own.pem").write_text(authority.pem)
    (root / "ci" / "link.pem").symlink_to("../own.pem")
    for name in (tmp_path / "ca.pem", "../ca.pem", root / "own.pem", "ci/link.pem"):
        pem, problems = authorities([f"--ca-bundle={name}"], {}, root)
        assert (pem, problems) == (authority.pem, ())


def test_a_scenario_is_played_as_a_workflow_would_see_it(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    ended = start(
        tmp_path / "checkout", "demo", "already-active", environ=environ
    ).end()
    assert ended.code == 0
    assert "exit code 7" in ended.log
    summary = tmp_path / "checkout" / "demo-output" / "already-active" / "summary.md"
    assert summary.is_file()
    # The demo is no step: it leaves the files of the step that it runs in alone.
    assert (tmp_path / "output").read_text() == ""


def test_the_stand_in_says_first_where_it_is(tmp_path: Path) -> None:
    program = start(tmp_path, "standin", "--scenario", "success", "--token", CANARY)
    assert program.process.stdout is not None
    url = urlsplit(program.process.stdout.readline().decode().strip())
    assert url.scheme == "http"
    assert program.process.stdout.readline().decode().split() == ["token", CANARY]
    name, pipeline = program.process.stdout.readline().decode().split()
    assert name == "success"
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    headers = {"Authorization": f"Bearer {CANARY}"}
    connection.request("GET", f"/api/2.0/pipelines/{pipeline}", headers=headers)
    assert connection.getresponse().status == 200
    connection.close()
    assert program.signal(signal.SIGTERM).code == 0


def test_with_a_certificate_the_stand_in_is_at_an_https_address(
    tmp_path: Path,
) -> None:
    cert, key = Authority(tmp_path).issue()
    program = start(tmp_path, "standin", "--cert", str(cert), "--key", str(key))
    assert program.process.stdout is not None
    assert program.process.stdout.readline().startswith(b"https://127.0.0.1:")
    assert program.signal(signal.SIGINT).code == 0


@pytest.mark.parametrize(("word", "said"), [("halt", "`halt`"), (CANARY, "is none")])
def test_a_command_that_does_not_exist_is_refused_and_no_secret_repeated(
    tmp_path: Path, word: str, said: str
) -> None:
    ended = start(tmp_path, word).end()
    assert ended.code == 2
    assert said in ended.log
    assert "run, stop, report, demo, standin, help" in ended.log
    assert CANARY not in ended.log
