"""Pipelines of many flows: what reports have to fold, to rank and to count."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.failures import DIVISION, NO_RETRY, broken
from dlt_action.standin.scenarios.flows import Check, Flow
from dlt_action.standin.scenarios.shop import whole
from dlt_action.standin.script import Act, Beat, Scenario, Scene

SUBJECTS = ("orders", "customers", "products", "stores", "returns", "payments", "stock")
LONG = "report_of_lifetime_value_by_customer_segment_and_region_of_the_first_order"

SHOPS = 250
RATES = "exchange_rates"


def _raw(subject: str, number: int) -> Flow:
    begins = 39.5 + number % 7 / 10
    return Flow(
        name=f"raw_{subject}",
        begins=begins,
        ends=begins + 4 + number * 7 % 40 / 10,
        rows=1_000 + number * 977 % 9_000,
    )


def _clean(subject: str, number: int) -> Flow:
    begins, rows = 48.5 + number % 7 / 10, 1_000 + number * 977 % 9_000
    bad = number * 13 % 10
    return Flow(
        name=f"clean_{subject}",
        begins=begins,
        ends=begins + 3 + number * 11 % 50 / 10,
        reads=(f"raw_{subject}",),
        rows=rows - bad,
        dropped=bad,
        checks=(Check("valid id", rows - bad, bad),),
    )


def _later(name: str, begins: float, number: int, *reads: str) -> Flow:
    ends = begins + 2 + number * 17 % 60 / 10
    return Flow(name=name, begins=begins, ends=ends, reads=reads, rows=50 + number)


def _departments() -> Iterator[Flow]:
    """28 flows: each subject taken in, cleaned, joined with the next one, reported."""
    numbered = list(enumerate(SUBJECTS))
    following = (*SUBJECTS[1:], SUBJECTS[0])
    yield from (_raw(subject, n) for n, subject in numbered)
    yield from (_clean(subject, n) for n, subject in numbered)
    for n, subject in numbered:
        reads = f"clean_{subject}", f"clean_{following[n]}"
        yield _later(f"daily_{subject}", 57.0, n, *reads)
    for n, subject in numbered:
        name = LONG if subject == "customers" else f"report_{subject}"
        yield _later(name, 65.5, n, f"daily_{subject}")


def _shops() -> Iterator[Flow]:
    """1,000 flows: many shops, each of which needs the rates of exchange."""
    names = [f"shop_{n:03d}" for n in range(SHOPS)]
    yield from (_raw(name, n) for n, name in enumerate(names))
    yield from (_clean(name, n) for n, name in enumerate(names))
    yield _later(RATES, 50.0, 0, "raw_shop_000")
    for n, name in enumerate(names[1:]):
        yield _later(f"sales_{name}", 67.0, n, f"clean_{name}", RATES)
    for n, name in enumerate(names[1:]):
        yield _later(f"report_{name}", 75.0, n, f"sales_{name}")
    reports = (f"report_{name}" for name in names[1:])
    yield _later("overview", 83.0, 0, *reports)


DEPARTMENTS = tuple(_departments())
CHAIN_OF_SHOPS = tuple(_shops())


def departments(scene: Scene) -> Iterator[Beat]:
    """All of them, to a good end."""
    return whole(scene, DEPARTMENTS, ends=76.0)


def no_rates(scene: Scene) -> Iterator[Beat]:
    """One flow fails, and half of all is skipped for it."""
    return broken(scene, DIVISION, CHAIN_OF_SHOPS, RATES)


def analysis(scene: Scene) -> Iterator[Beat]:
    """The analysis alone."""
    end = parts.state(scene, 38.0, "COMPLETED")
    yield from parts.beginning(scene)
    yield from parts.setting_up(scene, 33.0, DEPARTMENTS)
    yield end


MANY_FLOWS = Scenario(
    name="many-flows",
    title=f"An update of {len(DEPARTMENTS)} flows in four layers that completes",
    expect="succeeded",
    seconds=76,
    acts=(Act(script=departments),),
    dry=analysis,
)
THOUSAND_FLOWS = Scenario(
    name="thousand-flows",
    title=f"{len(CHAIN_OF_SHOPS):,} flows: one fails, half of the others are skipped",
    expect="failed",
    seconds=68,
    acts=(Act(script=no_rates),),
    dry=analysis,
    spec=NO_RETRY,
    rests_in="FAILED",
)
