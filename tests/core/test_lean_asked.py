"""What is a mistake in a dataclass of ours, and what is told of one that is none."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any, TypeAlias

import pytest

import dlt_action
from dlt_action import lean

Kind: TypeAlias = Callable[[ModuleType], type[Any]]

MODULES = sorted(
    one.name
    for one in pkgutil.walk_packages(dlt_action.__path__, "dlt_action.")
    if not one.name.endswith("__main__")
)


def mutable(library: ModuleType) -> type[Any]:
    @library.dataclass(slots=True)
    class Thing:
        one: object = []

    return Thing


def mutable_said(library: ModuleType) -> type[Any]:
    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Thing:
        one: object = library.field(default={})

    return Thing


def disordered(library: ModuleType) -> type[Any]:
    @library.dataclass(frozen=True, slots=True)
    class Thing:
        one: object = library.field(default_factory=list)
        two: object

    return Thing


def disordered_by_base(library: ModuleType) -> type[Any]:
    @library.dataclass(slots=True)
    class Base:
        one: object = 1

    @library.dataclass(slots=True)
    class Thing(Base):
        two: object

    return Thing


def two_defaults(library: ModuleType) -> type[Any]:
    @library.dataclass(slots=True)
    class Thing:
        one: object = library.field(default=1, default_factory=list)

    return Thing


MISTAKES: tuple[Kind, ...] = (
    *(mutable, mutable_said, disordered, disordered_by_base, two_defaults),
)


def thawed(library: ModuleType) -> type[Any]:
    @library.dataclass(frozen=True, slots=True)
    class Base:
        one: object

    @library.dataclass(slots=True)
    class Thing(Base):
        pass

    return Thing


def own_setting(library: ModuleType) -> type[Any]:
    @library.dataclass(frozen=True, slots=True)
    class Thing:
        one: object

        def __setattr__(self, name: str, value: object) -> None:
            pass

    return Thing


def unannotated(library: ModuleType) -> type[Any]:
    @library.dataclass(slots=True)
    class Thing:
        one = library.field(default=1)

    return Thing


LATE: tuple[Kind, ...] = (thawed, own_setting, unannotated)


def guarded(library: ModuleType) -> type[Any]:
    """One with what is not to be shown."""

    @library.dataclass(frozen=True, slots=True)
    class Thing:
        one: object
        two: list[object] = library.field(default_factory=list)
        secret: str = library.field(default="", repr=False, compare=False)

    return Thing


def shown(cls: type[Any]) -> str:
    return repr(dataclasses.fields(cls))


def refusal(make: Callable[[], object]) -> type[Exception] | None:
    """The kind of the error that comes of it."""
    try:
        make()
    except (TypeError, ValueError) as error:
        return type(error)
    return None


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_with_a_default_is_one_when_the_class_is_made(kind: Kind) -> None:
    refused = refusal(lambda: kind(dataclasses))
    assert refused is not None
    assert refusal(lambda: kind(lean)) is refused


@pytest.mark.parametrize("kind", LATE)
def test_other_mistakes_are_some_when_the_standard_library_is_asked(kind: Kind) -> None:
    refused = refusal(lambda: kind(dataclasses))
    assert refused is not None
    cls = kind(lean)
    assert refusal(lambda: dataclasses.fields(cls)) is refused


@pytest.mark.parametrize("kind", ["InitVar[int]", "dataclasses.InitVar", "KW_ONLY"])
def test_what_is_not_taken_is_refused_by_its_name(kind: str) -> None:
    content = {"__annotations__": {"one": kind}}
    with pytest.raises(TypeError, match="standard library"):
        lean.dataclass(slots=True)(type("Thing", (), content))


def test_the_standard_library_finds_no_mistake_in_any_class_of_ours() -> None:
    found = [
        cls for name in MODULES for cls in made_here(importlib.import_module(name))
    ]
    assert len(found) > 100
    for cls in found:
        names = [one.name for one in dataclasses.fields(cls)]
        assert names == list(cls.__lean__)
        others = [base for base in cls.__mro__ if "__lean__" not in vars(base)]
        assert not any("__dataclass_fields__" in vars(base) for base in others)


def made_here(module: ModuleType) -> list[Any]:
    return [
        it
        for it in vars(module).values()
        if isinstance(it, type)
        and it.__module__ == module.__name__
        and "__lean__" in vars(it)
    ]


@pytest.mark.usefixtures("swift_switches")
def test_threads_that_ask_at_once_are_told_the_same() -> None:
    for _ in range(20):
        ours, theirs = guarded(lean), guarded(dataclasses)
        told = at_once(4, partial(shown, ours))
        assert told == {shown(theirs)}


def test_who_asks_again_is_told_the_same() -> None:
    # A thread that had looked before another was told, and goes on after it.
    ours, theirs = guarded(lean), guarded(dataclasses)
    asked = vars(ours)["__dataclass_fields__"]
    for _ in range(2):
        told = asked.__get__(None, ours)
        assert repr(told) == repr(theirs.__dataclass_fields__)


@pytest.fixture
def swift_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def at_once(count: int, do: Callable[[], str]) -> set[str]:
    """What comes of it, done by so many threads."""
    gate, told = threading.Barrier(count), set[str]()

    def run() -> None:
        gate.wait()
        told.add(do())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return told
