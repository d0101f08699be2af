"""Killed anywhere, the program leaves in time, tells the truth and no silent orphan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kill.judging import judge
from tests.kill.killing import Case, Left, cases, chosen, kill

CHOSEN = chosen(tuple(cases()), sample=30)

# Most of a case is waiting.
AT_ONCE = 6


@pytest.fixture(scope="module")
def cast(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Case], Left]]:
    """Kill many at once, or case by case where xdist divides the work already."""
    folder = tmp_path_factory.mktemp("kill")
    items = [] if "PYTEST_XDIST_WORKER" in os.environ else request.session.items
    wanted = [case for item in items if (case := _case_of(item)) is not None]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        playing = {one.name: pool.submit(_kill, one, folder) for one in wanted}

        def left(case: Case) -> Left:
            if case.name not in playing:
                playing[case.name] = pool.submit(_kill, case, folder)
            return playing[case.name].result()

        yield left
        pool.shutdown(cancel_futures=True)  # after a first failure, with -x


def _case_of(item: pytest.Item) -> Case | None:
    spec = getattr(item, "callspec", None)  # only of tests with parameters
    case = None if spec is None else spec.params.get("case")
    return case if isinstance(case, Case) else None


def _kill(case: Case, folder: Path) -> Left:
    own = folder / case.name
    own.mkdir()
    return kill(case, own)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_killed_anywhere_it_tells_what_is_left(
    case: Case, cast: Callable[[Case], Left]
) -> None:
    judge(cast(case))
