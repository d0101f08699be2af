"""What is made of a text that holds a secret shows no part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.edge.ci import Dialect
from tests.story.virtual import Stage

SECRET = "dose[0123]4567~89abcdef"


def masking(ci: Dialect) -> Dialect:
    ci.mask(SECRET)
    return ci


@pytest.mark.parametrize("before", [0, 30, 50])
def test_no_part_of_a_secret_in_a_name_is_in_a_label_or_in_a_folder(
    tmp_path: Path, before: int
) -> None:
    stage = Stage(tmp_path, dialect=masking)
    name = f"{'x' * before}{SECRET} shop"
    stage.workspace.rename("success", name)
    both = (stage.workspace.pipeline_id(one) for one in (name, "late-end"))
    played = stage.play(None, f"--pipeline-id={','.join(both)}")

    assert played.code == 0
    told = [str(path) for path in tmp_path.rglob("*")]
    told += [line for line in played.lines if not line.startswith("::add-mask::")]
    assert [one for one in told if "0123" in one or "dose" in one] == []
