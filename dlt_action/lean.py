"""
Dataclasses that cost nothing until they are used.

The standard library writes, compiles and runs a text for each dataclass: 0.6 ms, and a
tenth of a second of each start for all of ours, of which a run uses a third. Here a
class gets its slots at once, an `__init__` when its first object is made, and what the
standard library has to say of it (`fields`, patterns) when it is asked, which is also
when that is imported. It behaves as the standard library's would, and type checkers
take it for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

__all__ = ["dataclass", "field", "replace", "values_of"]

T = TypeVar("T")
MISSING = object()


class _Field:
    """What is said of a field, by the names that the standard library has for it."""

    __slots__ = ("compare", "default", "default_factory", "init", "repr")

    def __init__(
        self,
        *,
        default: object = MISSING,
        default_factory: Any = MISSING,  # noqa: ANN401 - a callable, or none
        init: bool = True,
        repr: bool = True,  # noqa: A002 - as the standard library calls it
        compare: bool = True,
    ) -> None:
        """See `dataclasses.field`; no other of its arguments is of use here."""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare

    def said(self) -> dict[str, Any]:
        """The same, as arguments; without those that were not given."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return {name: it for name, it in said.items() if it is not MISSING}


# By name, and whether it is given by its name only. Those of a base come first.
_Fields: TypeAlias = Mapping[str, tuple[_Field, bool]]

_OURS = "__lean__"
_THEIRS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_NOT_COPIED = ("__dict__", "__weakref__")  # each class has its own


def _dataclass(
    *, slots: bool, frozen: bool = False, kw_only: bool = False
) -> Callable[[type[T]], type[T]]:
    """See `dataclasses.dataclass`; no other of its arguments is of use here."""
    if not slots:
        raise TypeError("without slots, take the standard library's")

    def made(plain: type[T]) -> type[T]:
        known: _Fields = getattr(plain, _OURS, {})
        own = _own(plain, kw_only=kw_only)
        both = {**known, **own}

        def asked() -> None:
            import dataclasses  # noqa: PLC0415 - see above

            for name, (one, _) in own.items():
                if isinstance(vars(plain).get(name), _Field):
                    setattr(plain, name, dataclasses.field(**one.said()))
            told = dataclasses.dataclass(
                init=False, repr=False, eq=False, kw_only=kw_only
            )(plain)
            for name in _THEIRS:
                setattr(cls, name, getattr(told, name))

        def first_init(self: object, *args: object, **words: object) -> None:
            cls.__init__ = _init(cls, both)
            cls.__init__(self, *args, **words)

        content = {
            "__init__": first_init,
            **_methods(both, frozen=frozen),
            **{name: it for name, it in vars(plain).items() if name not in own},
            **{name: _Asked(name, asked) for name in _THEIRS},
            "__slots__": tuple(name for name in own if name not in known),
            _OURS: both,
        }
        for name in _NOT_COPIED:
            content.pop(name, None)
        again: Any = type(plain)
        cls: Any = again(plain.__name__, plain.__bases__, content)
        cls.__qualname__ = plain.__qualname__
        slotted: type[T] = cls
        return slotted

    return made


def _replace(one: Any, /, **changes: object) -> object:  # noqa: ANN401 - any dataclass
    """See `dataclasses.replace`."""
    kept = {
        name: getattr(one, name)
        for name, (said, _) in one.__lean__.items()
        if said.init and name not in changes
    }
    return one.__class__(**kept, **changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    dataclass, field, replace = _dataclass, _Field, _replace


def values_of(one: object) -> dict[str, object]:
    """The fields of *one* with their values. Raises `TypeError` where it has none."""
    if not hasattr(one, _OURS):
        raise TypeError(f"no dataclass from here: {type(one)}")
    return {name: getattr(one, name) for name in getattr(one, _OURS)}


def _own(plain: type, *, kw_only: bool) -> _Fields:
    """The fields that *plain* itself names."""
    found = {}
    for name, kind in plain.__annotations__.items():
        if not str(kind).startswith("ClassVar"):
            it = vars(plain).get(name, MISSING)
            one = it if isinstance(it, _Field) else _Field(default=it)
            found[name] = (one, kw_only)
    return found


class _Asked:
    """What the standard library says of a class: it says it when it is asked."""

    def __init__(self, name: str, asked: Callable[[], None]) -> None:
        self._name = name
        self._asked = asked

    def __get__(self, _: object, cls: type) -> object:
        self._asked()
        return getattr(cls, self._name)


def _methods(known: _Fields, *, frozen: bool) -> Mapping[str, object]:
    values = _values(tuple(name for name, (one, _) in known.items() if one.compare))

    def equals(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: object) -> int:
        return hash(values(self))

    if not frozen:
        return {"__eq__": equals, "__repr__": _repr, "__hash__": None}
    return {
        "__eq__": equals,
        "__repr__": _repr,
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
    told = (name for name, (one, _) in self.__lean__.items() if one.repr)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in told)
    return f"{type(self).__qualname__}({shown})"


def _refused(_: object, name: str, *__: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - see above

    raise FrozenInstanceError(f"{name!r} of a frozen object")


def _state(self: Any) -> list[object]:  # noqa: ANN401 - any dataclass
    return [getattr(self, name) for name in self.__lean__]


def _set_state(self: Any, state: list[object]) -> None:  # noqa: ANN401 - any dataclass
    for name, value in zip(self.__lean__, state, strict=True):
        object.__setattr__(self, name, value)


def _init(cls: Any, known: _Fields) -> Callable[..., None]:  # noqa: ANN401 - any class
    """An `__init__` that takes what the fields say."""
    around: dict[str, Any] = {"MISSING": MISSING}
    first, later, body = ["self"], ["*"], []
    for name, (one, kw_only) in known.items():
        value, parameter = name, name
        # Of a frozen object only its slot can set a value.
        around[f"set_{name}"] = getattr(cls, name).__set__
        if one.default is not MISSING:
            around[f"default_{name}"] = one.default
            parameter = f"{name}=default_{name}"
        elif one.default_factory is not MISSING:
            around[f"make_{name}"] = one.default_factory
            parameter = f"{name}=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}"
        if one.init:
            (later if kw_only else first).append(parameter)
            body.append(f"set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*first, *(later if len(later) > 1 else ())])
    lines = "\n ".join(body) if body else "pass"
    exec(f"def __init__({parameters}):\n {lines}", around)  # noqa: S102 - our own names
    made: Callable[..., None] = around["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
