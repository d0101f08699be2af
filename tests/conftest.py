from __future__ import annotations

import pytest
from hypothesis import settings

# What compares with golden files shows where they differ.
pytest.register_assert_rewrite("tests.golden")

# A deadline tests how busy the machine is.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files again instead of comparing with them",
    )
