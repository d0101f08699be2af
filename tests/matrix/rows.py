"""The fault matrix: all of its rows, in order."""

from __future__ import annotations

from tests.matrix import (
    around_the_start,
    injection,
    process,
    signing_in,
    surroundings,
    while_following,
)
from tests.matrix.row import Row

MATRIX: tuple[Row, ...] = (
    *around_the_start.ROWS,
    *while_following.ROWS,
    *signing_in.ROWS,
    *process.ROWS,
    *injection.ROWS,
    *surroundings.ROWS,
)
