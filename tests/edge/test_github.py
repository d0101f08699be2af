from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import count
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlt_action.edge.ci import choose, on_github
from dlt_action.edge.ci.github import (
    ANNOTATIONS_PER_GRADE,
    LARGEST_SUMMARY,
    LONGEST_ANNOTATION,
    GitHub,
)
from dlt_action.edge.writer import Writer
from dlt_action.errors import OutputsUnwritable
from tests.oracles import runner
from tests.oracles.hostile import EVERYTHING

SECRET = "dapi-0123456789abcdef"


class Step:
    """A step of a workflow: its files, its output, and the dialect that writes them."""

    def __init__(self, folder: Path, *, nonce: Callable[[], str] | None = None) -> None:
        numbers = count(1)
        self.output = folder / "set_output"
        self.state = folder / "save_state"
        self.summary = folder / "step_summary"
        for path in (self.output, self.state, self.summary):
            path.touch()
        self.environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STATE": str(self.state),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        self.stream = StringIO()
        self.dialect = GitHub(
            self.environ,
            Writer(self.stream, clock=None, github=True),
            nonce=(lambda: f"nonce-{next(numbers)}") if nonce is None else nonce,
        )

    def commands(self) -> list[runner.Command]:
        return runner.commands(self.stream.getvalue().encode())

    def outputs(self) -> dict[str, str]:
        return runner.environment_file(self.output.read_bytes())


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """A disk on which no file grows beyond *size* bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def ignore(number: int, frame: FrameType | None) -> None:
        del number, frame

    handler = signal.signal(signal.SIGXFSZ, ignore)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_on_github_it_is_chosen(step: Step) -> None:
    writer = Writer(step.stream, clock=None, github=True)
    dialect = choose(step.environ, writer)
    assert on_github(step.environ)
    assert isinstance(dialect, GitHub)
    dialect.outputs({"ok": "true"})
    dialect.outputs({"ok": "false"})
    delimiters = {
        line for line in step.output.read_text().splitlines() if line[:3] == "gha"
    }
    assert step.outputs() == {"ok": "false"}
    assert len(delimiters) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z-]{0,10}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(EVERYTHING),
    )
)
def test_outputs_arrive_byte_for_byte_and_nothing_else_does(
    step: Step, values: dict[str, str]
) -> None:
    step.output.write_bytes(b"")
    step.dialect.outputs(values)
    assert step.outputs() == {
        name: value.encode("utf-8", "backslashreplace").decode()
        for name, value in values.items()
    }


def test_a_later_output_replaces_an_earlier_one(step: Step) -> None:
    step.dialect.outputs({"result": "unfinished", "ok": "false"})
    step.dialect.outputs({"result": "succeeded"})
    assert step.outputs() == {"result": "succeeded", "ok": "false"}


def test_a_value_that_holds_its_delimiter_is_refused(tmp_path: Path) -> None:
    step = Step(tmp_path, nonce=lambda: "guessed")
    with pytest.raises(OutputsUnwritable, match="its own delimiter"):
        step.dialect.outputs({"error": "x\nghadelimiter_guessed\nok<<EOF\ntrue\nEOF"})
    assert step.output.read_bytes() == b""


def test_no_secret_gets_into_an_output(step: Step) -> None:
    step.dialect.mask(SECRET)
    step.dialect.outputs({"error": f"wrong {SECRET}"})
    assert step.outputs() == {"error": "wrong ***"}


def test_state_goes_to_the_file_of_the_post_step(step: Step) -> None:
    step.dialect.state({"owed": "stop"})
    assert runner.environment_file(step.state.read_bytes()) == {"owed": "stop"}
    assert step.output.read_bytes() == b""


def test_a_missing_variable_is_said_once_and_is_no_error(tmp_path: Path) -> None:
    step = Step(tmp_path)
    del step.environ["GITHUB_OUTPUT"]
    step.environ["GITHUB_STEP_SUMMARY"] = ""
    for _ in range(2):
        step.dialect.outputs({"ok": "true"})
        step.dialect.summary("# x")
    assert step.stream.getvalue() == (
        "GITHUB_OUTPUT is not set: nothing is written there.\n"
        "GITHUB_STEP_SUMMARY is not set: nothing is written there.\n"
    )


def _missing(path: Path) -> str:
    path.unlink()
    return str(path)


def _folder(path: Path) -> str:
    return str(path.parent)


def _full(path: Path) -> str:
    del path
    return "/dev/full"


UNWRITABLE = pytest.mark.parametrize(
    ("break_it", "cause"),
    [
        (_missing, "No such file or directory"),
        (_folder, "Is a directory"),
        (_full, "No space left on device"),
    ],
)


@UNWRITABLE
def test_outputs_that_cannot_be_written_are_an_error_that_says_what_it_means(
    step: Step, break_it: Callable[[Path], str], cause: str
) -> None:
    path = step.environ["GITHUB_OUTPUT"] = break_it(step.output)
    with pytest.raises(OutputsUnwritable) as caught:
        step.dialect.outputs({"ok": "true"})
    assert str(caught.value) == (
        f"GITHUB_OUTPUT could not be written: {path}: {cause}. The outputs of this step"
        " are missing or old, whatever happened to the update: nothing may be deployed"
        " on them."
    )
    assert caught.value.exit_code == 74


@UNWRITABLE
def test_state_that_cannot_be_written_is_an_error_too(
    step: Step, break_it: Callable[[Path], str], cause: str
) -> None:
    step.environ["GITHUB_STATE"] = break_it(step.state)
    with pytest.raises(OutputsUnwritable, match=rf"{cause}\. The post step"):
        step.dialect.state({"owed": "stop"})


def test_a_record_that_was_torn_off_is_cut_away_again(step: Step) -> None:
    step.dialect.outputs({"ok": "false"})
    before = step.output.read_bytes()
    with (
        disk_of(len(before) + 50),
        pytest.raises(OutputsUnwritable, match="No space left on device"),
    ):
        step.dialect.outputs({"ok": "true", "error": "x" * 1000})
    assert step.output.read_bytes() == before


def test_a_file_that_cannot_be_synced_is_written_all_the_same(step: Step) -> None:
    reading, writing = os.pipe()
    step.environ["GITHUB_OUTPUT"] = f"/proc/self/fd/{writing}"
    step.dialect.outputs({"ok": "true"})
    os.close(writing)
    assert runner.environment_file(os.read(reading, 1000)) == {"ok": "true"}
    os.close(reading)


def test_summaries_are_appended(step: Step) -> None:
    step.dialect.summary("# one")
    step.dialect.summary("# two\n")
    assert step.summary.read_text() == "# one\n# two\n"


def test_a_summary_is_cut_below_what_the_runner_takes(step: Step) -> None:
    paragraph = "Größe ✅ " * 1000
    for _ in range(2):
        step.dialect.summary("\n\n".join([paragraph] * 100))
    size = step.summary.stat().st_size
    assert 900_000 < size <= LARGEST_SUMMARY < runner.LARGEST_SUMMARY
    assert "more parts left out" in step.summary.read_text()


@UNWRITABLE
def test_a_summary_that_cannot_be_written_is_a_warning(
    step: Step, break_it: Callable[[Path], str], cause: str
) -> None:
    path = step.environ["GITHUB_STEP_SUMMARY"] = break_it(step.summary)
    step.dialect.summary("# x")
    assert step.stream.getvalue() == f"warning: no step summary: {path}: {cause}\n"


def test_no_secret_gets_into_the_summary(step: Step) -> None:
    step.dialect.mask(SECRET)
    step.dialect.summary(f"x {SECRET}")
    assert step.summary.read_text() == "x ***\n"


def test_a_secret_and_its_encodings_are_masked_by_the_runner(step: Step) -> None:
    step.dialect.mask(SECRET)
    log = runner.Step(step.stream.getvalue().encode())
    assert SECRET in log.masks
    assert log.masked(f"x {SECRET.encode().hex()} y") == "x *** y"
    assert all(len(mask) >= 8 for mask in log.masks)


@pytest.mark.parametrize("secret", ["", " \n", "short"])
def test_blanks_and_words_are_never_masked(step: Step, secret: str) -> None:
    step.dialect.mask(secret)
    assert step.stream.getvalue() == ""


def test_masking_twice_never_masks_the_asterisks(step: Step) -> None:
    step.dialect.mask(SECRET)
    step.dialect.mask(SECRET)
    assert "***" not in runner.Step(step.stream.getvalue().encode()).masks


def test_a_group_is_closed_whatever_happens_inside(step: Step) -> None:
    with pytest.raises(KeyError), step.dialect.group("Signing\nin"):
        raise KeyError
    assert step.commands() == [
        runner.Command("group", "Signing in"),
        runner.Command("endgroup", ""),
    ]


def test_an_annotation_carries_where_and_what(step: Step) -> None:
    step.dialect.annotate("error", "a\nb", title="T: t", file="src/a.py", line=3)
    step.dialect.annotate("warning", "c", title="W")
    assert step.commands() == [
        runner.Command(
            "error", "a\nb", {"title": "T: t", "file": "src/a.py", "line": "3"}
        ),
        runner.Command("warning", "c", {"title": "W"}),
    ]


def test_annotations_beyond_the_runner_s_budget_are_said_instead(step: Step) -> None:
    for number in range(ANNOTATIONS_PER_GRADE + 2):
        step.dialect.annotate("error", f"message\n{number}", title="T")
        step.dialect.annotate("notice", f"message {number}", title="T")
    shown = runner.Step(step.stream.getvalue().encode()).annotations
    assert len(shown) == len(step.commands()) == 2 * ANNOTATIONS_PER_GRADE
    assert "error: T: message 11\n" in step.stream.getvalue()


@pytest.mark.parametrize("letter", ["x", "ß", "😀"])
def test_an_annotation_is_no_longer_than_the_runner_shows(
    step: Step, letter: str
) -> None:
    step.dialect.annotate("error", letter * 10_000, title="T" * 1000)
    (command,) = step.commands()
    units = len(command.data.encode("utf-16-le")) // 2
    assert LONGEST_ANNOTATION - 2 <= units <= LONGEST_ANNOTATION
    assert command.data.endswith("…")
    assert len(command.properties["title"]) == 200


def test_a_secret_at_the_cut_of_an_annotation_is_hidden(step: Step) -> None:
    step.dialect.mask(SECRET)
    before = len(step.stream.getvalue())
    step.dialect.annotate("error", "x" * (LONGEST_ANNOTATION - 10) + SECRET, title="T")
    assert "dapi" not in step.stream.getvalue()[before:]
