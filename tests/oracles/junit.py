"""
Two judges of `junit.xml`: Jenkins' schema, and a reader that tools show results with.

The schema is `junit-10.xsd` of Jenkins' xUnit plugin (MIT, see its head); pytest holds
its own reports against the same one. `junitparser` is what reads the files for the
check runs and comments of publish-unit-test-result-action, among others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import junitparser
import xmlschema


@cache
def _schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(Path(__file__).with_name("junit-10.xsd"))


def faults(text: str) -> list[str]:
    """What Jenkins' schema has against *text*."""
    return [f"{error.path}: {error.reason}" for error in _schema().iter_errors(text)]


@dataclass(frozen=True)
class Case:
    """One case as it is shown."""

    group: str
    name: str
    verdict: str  # passed, or the kind of its result
    message: str
    text: str
    out: str
    seconds: float | None


@dataclass(frozen=True)
class Suite:
    """One suite as it is shown."""

    name: str
    seconds: float
    told: Counter[str]  # what its head says
    cases: tuple[Case, ...]
    properties: dict[str, str]

    @property
    def counted(self) -> Counter[str]:
        """What its cases say."""
        found = Counter(case.verdict for case in self.cases)
        return Counter(
            tests=len(self.cases),
            failures=found["failure"],
            errors=found["error"],
            skipped=found["skipped"],
        )


def suites(text: str) -> list[Suite]:
    """What a reader of test results makes of *text*."""
    document = junitparser.JUnitXml.fromstring(text.encode())
    assert isinstance(document, junitparser.JUnitXml)
    return [_suite(each) for each in document]


def _suite(suite: junitparser.TestSuite) -> Suite:
    told = Counter(
        tests=suite.tests,
        failures=suite.failures,
        errors=suite.errors,
        skipped=suite.skipped,
    )
    pairs = suite.properties()  # type: ignore[no-untyped-call]  # has none
    properties = {one.name: one.value for one in pairs}
    cases = tuple(map(_case, suite))
    return Suite(suite.name, suite.time, told, cases, properties)


def _case(case: junitparser.TestCase) -> Case:
    results = list(case.result)
    assert len(results) <= 1
    first = results[0] if results else None
    return Case(
        group=case.classname,
        name=case.name,
        verdict="passed" if first is None else type(first).__name__.lower(),
        message="" if first is None else first.message or "",
        text="" if first is None else first.text or "",
        out=case.system_out or "",
        seconds=case.time,
    )
