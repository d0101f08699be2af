from __future__ import annotations

import os

import pytest
from hypothesis import settings

# What compares with golden files shows where they differ.
pytest.register_assert_rewrite("tests.golden")

# A deadline tests how busy the machine is.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# More workers than this read all the tests before they run the few that they get.
MOST_WORKERS = 8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice the CPUs, where they are few: sockets and processes are waited for."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    cpus = cpus or os.cpu_count() or 1
    return max(cpus, min(2 * cpus, MOST_WORKERS))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files again instead of comparing with them",
    )
