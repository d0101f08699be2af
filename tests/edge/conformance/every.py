"""The whole table."""

from __future__ import annotations

from tests.edge.conformance import dressed, reads, searches, starts, stops, storms
from tests.edge.conformance.table import Row

TABLE: tuple[Row, ...] = (
    *reads.rows(),
    *starts.rows(),
    *searches.rows(),
    *stops.rows(),
    *storms.rows(),
    *dressed.rows(),
)
