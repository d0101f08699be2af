"""
Dataclasses that cost nothing until they are used.

The standard library writes, compiles and runs a text for each dataclass: 0.6 ms, and a
tenth of a second of each start for all of ours, of which a run uses a third. Here a
class gets its fields and slots at once, from the standard library, and an `__init__`
when its first object is made; whatever else it needs takes no text. What it does is
what the standard library's would do, and what type checkers see is that one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, field, fields, replace
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass", "field", "replace"]

T = TypeVar("T")


def _dataclass(
    *, slots: bool, frozen: bool = False, kw_only: bool = False
) -> Callable[[type[T]], type[T]]:
    """See `dataclasses.dataclass`; no other of its arguments is of use here."""

    def made(cls: type[T]) -> type[T]:
        own = frozenset(vars(cls))
        bare = dataclasses.dataclass(
            init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
        )(cls)
        for name, method in _methods(bare, frozen=frozen).items():
            if name not in own:
                setattr(bare, name, method)
        return bare

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _methods(cls: Any, *, frozen: bool) -> Mapping[str, object]:  # noqa: ANN401 - a class, of which methods are called
    values = _values(tuple(one.name for one in fields(cls) if one.compare))

    def first_init(self: object, *args: object, **words: object) -> None:
        cls.__init__ = _init(cls)
        cls.__init__(self, *args, **words)

    def equals(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: object) -> int:
        return hash(values(self))

    methods = {"__init__": first_init, "__eq__": equals, "__repr__": _repr}
    if not frozen:
        return {**methods, "__hash__": None}
    return {
        **methods,
        "__hash__": hashed,
        "__setattr__": _refused,
        "__delattr__": _refused,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }


def _values(names: tuple[str, ...]) -> Callable[[object], object]:
    if len(names) > 1:
        return attrgetter(*names)  # a tuple, only then
    return lambda self: tuple(getattr(self, name) for name in names)


@recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401 - any dataclass
    told = (one.name for one in fields(self) if one.repr)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in told)
    return f"{type(self).__qualname__}({shown})"


def _refused(_: object, name: str, *__: object) -> None:
    raise FrozenInstanceError(f"{name!r} of a frozen object")


def _state(self: Any) -> list[object]:  # noqa: ANN401 - any dataclass
    return [getattr(self, one.name) for one in fields(self)]


def _set_state(self: Any, state: list[object]) -> None:  # noqa: ANN401 - any dataclass
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


def _init(cls: Any) -> Callable[..., None]:  # noqa: ANN401 - a class of any kind
    """An `__init__` that takes what the fields say."""
    known: dict[str, Any] = {"MISSING": MISSING}
    first, later, body = ["self"], ["*"], []
    for one in fields(cls):
        name, value, parameter = one.name, one.name, one.name
        # Of a frozen object only its slot can set a value.
        known[f"set_{name}"] = getattr(cls, name).__set__
        if one.default is not MISSING:
            known[f"default_{name}"] = one.default
            parameter = f"{name}=default_{name}"
        elif one.default_factory is not MISSING:
            known[f"make_{name}"] = one.default_factory
            parameter = f"{name}=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}"
        if one.init:
            (later if one.kw_only else first).append(parameter)
            body.append(f"set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*first, *(later if len(later) > 1 else ())])
    lines = "\n ".join(body) if body else "pass"
    exec(f"def __init__({parameters}):\n {lines}", known)  # noqa: S102 - names of fields
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
