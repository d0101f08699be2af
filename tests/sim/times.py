"""Times as the workspace writes them."""

from __future__ import annotations


def iso(clock: float) -> str:
    """A time of the server as the event log and `latest_updates` write it."""
    second = int(clock)
    return f"{_iso_second(second)}.{int((clock - second) * 1000):03d}Z"


def _iso_second(second: int) -> str:
    # Days since 1970-01-01 to a date, by arithmetic: strftime costs ten times as much.
    days, rest = divmod(second, 86400)
    days += 719468
    era = days // 146097
    doe = days - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    month = (5 * doy + 2) // 153
    day = doy - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = yoe + era * 400 + (month <= 2)
    hour, rest = divmod(rest, 3600)
    return (
        f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}"
    )
