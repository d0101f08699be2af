"""`quality-gate: file:PATH`: read in the checkout, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlt_action.composing import enter, gate_in_file
from dlt_action.core.gaterules import parse
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings.judging import LARGEST_FILE
from tests.settings.door import inputs

RULES = "# ours\nall failed <= 0.5%\norders rows >= 1\n"


def told(root: Path, path: str) -> str:
    """What is wrong with the file."""
    found = gate_in_file([], inputs({"quality-gate": f"file:{path}"}), root)
    assert isinstance(found, InputProblem)
    return str(found)


def test_the_rules_of_a_file_are_the_gate(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/gate.txt").write_text(RULES)
    (tmp_path / "link.txt").symlink_to("ci/gate.txt")
    for path in ("ci/gate.txt", "link.txt"):
        door = enter([], inputs({"quality-gate": f"file:{path}"}), tmp_path)
        assert door.settings.gate == parse(RULES)[0]


def test_rules_in_the_input_need_no_file(tmp_path: Path) -> None:
    door = enter([], inputs({"quality-gate": "all rows >= 1"}), tmp_path)
    assert door.settings.gate == parse("all rows >= 1")[0]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing.txt", "cannot be read: `missing.txt`: there is no such file"),
        ("folder", "`folder`: it is a folder"),
        ("out.txt", "a link leads out of the checkout"),
        ("through/secret", "a link leads out of the checkout"),
        ("loop", "cannot be read: "),
        ("pipe", "`pipe`: it is not a file"),
        ("large.txt", "it is far too large"),
        ("latin1.txt", "it is not text"),
        ("bad.txt", "(in the file) Line 2, column 5 of `all faild == 0`: "),
    ],
)
def test_a_file_that_cannot_be_the_gate_says_why(
    tmp_path: Path, path: str, why: str
) -> None:
    root, outside = tmp_path / "checkout", tmp_path / "outside"
    (root / "folder").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret").write_text(RULES)
    (root / "out.txt").symlink_to(outside / "secret")
    (root / "through").symlink_to(outside)
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    (root / "large.txt").write_text("#" * (LARGEST_FILE + 1))
    (root / "latin1.txt").write_bytes(b"\xe9")
    (root / "bad.txt").write_text("all rows >= 1\nall faild == 0\n")
    assert why in told(root, path)


def test_a_checkout_that_is_not_there_has_no_file(tmp_path: Path) -> None:
    assert "leads nowhere" in told(tmp_path / "gone", "gate.txt")


def test_a_bad_file_is_told_beside_the_other_problems(tmp_path: Path) -> None:
    environ = inputs({"quality-gate": "file:gate.txt", "timeout": "60"})
    with pytest.raises(Misconfigured) as caught:
        enter([], environ, tmp_path)
    assert [one.name for one in caught.value.problems] == ["timeout", "quality-gate"]


def test_who_only_stops_an_update_does_not_need_the_file(tmp_path: Path) -> None:
    environ = inputs({"quality-gate": "file:gone.txt"})
    assert enter([], environ, tmp_path, tidies=True).settings.gate.rules == ()
