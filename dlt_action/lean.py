"""
Dataclasses that cost nothing until they are used.

The standard library writes, compiles and runs a text for each dataclass: 0.6 ms, and a
tenth of a second of each start for all of ours, of which a run uses a third. Here a
class gets its slots at once, an `__init__` when that is first looked at, and what the
standard library has to say of it (`fields`, patterns) when it is asked, which is also
when that is imported.

Type checkers take it for the standard library's, and it behaves like that one but for:

* It takes no more than its signatures say, a field is never an `InitVar` or `KW_ONLY`,
  and neither kind of dataclass may build on the other.
* Only mistakes with defaults are refused when a class is made; others (what builds on
  a frozen one and is not) when the standard library is asked.
* Where a class has no docstring, none is made up; parameters have no annotations, and
  a factory's another default. There is a `__replace__` before Python 3.13, too.
* Objects are compared as tuples of their values, as in Python before 3.13.
* A frozen object refuses every name, also one that a class building on it may set.
"""

from __future__ import annotations

from _thread import RLock  # as functools has it: nothing here begins a thread
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
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
        if default is not MISSING and default_factory is not MISSING:
            raise ValueError("cannot specify both default and default_factory")
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare

    @property
    def is_optional(self) -> bool:
        """Whether it has a value where none is given."""
        return self.default is not MISSING or self.default_factory is not MISSING

    def said(self) -> dict[str, Any]:
        """The same, as arguments; without those that were not given."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return {name: it for name, it in said.items() if it is not MISSING}


# By name, and whether it is given by its name only. Those of a base come first.
_Fields: TypeAlias = Mapping[str, tuple[_Field, bool]]

_OURS = "__lean__"
_THEIRS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_NOT_COPIED = frozenset({"__dict__", "__weakref__"})  # each class has its own
_NO_FIELDS = ("ClassVar", "typing.ClassVar")
_NOT_TAKEN = ("InitVar", "dataclasses.InitVar", "KW_ONLY", "dataclasses.KW_ONLY")

# Who asks the standard library first is at it alone; it asks of the bases, too.
_asking = RLock()


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
        _refuse_mistakes(own, both)

        def told() -> type:
            import dataclasses  # noqa: PLC0415 - see above

            for name, one in tuple(vars(plain).items()):
                if isinstance(one, _Field):
                    setattr(plain, name, dataclasses.field(**one.said()))
            theirs = dataclasses.dataclass(slots=True, frozen=frozen, kw_only=kw_only)
            return theirs(plain)

        content = {
            "__init__": _Unmade(both),
            **_methods(both, frozen=frozen),
            **{name: it for name, it in _brought(plain) if name not in own},
            **{name: _Asked(told) for name in _THEIRS},
            "__slots__": tuple(name for name in own if name not in known),
            _OURS: both,
        }
        again: Any = type(plain)
        cls: Any = again(plain.__name__, plain.__bases__, content)
        cls.__qualname__ = plain.__qualname__
        slotted: type[T] = cls
        return slotted

    return made


def _replace(one: Any, /, **changes: object) -> object:  # noqa: ANN401 - any dataclass
    """See `dataclasses.replace`."""
    known = [name for name, (said, _) in one.__lean__.items() if said.init]
    kept = {name: getattr(one, name) for name in known if name not in changes}
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
        said = str(kind)
        if said.startswith(_NOT_TAKEN):
            raise TypeError(f"for {name!r}, take the standard library's")
        if not said.startswith(_NO_FIELDS):
            it = getattr(plain, name, MISSING)
            if isinstance(it, MemberDescriptorType):  # a base's slot, and no default
                it = MISSING
            one = it if isinstance(it, _Field) else _Field(default=it)
            found[name] = (one, kw_only)
    return found


def _brought(plain: type) -> Iterator[tuple[str, object]]:
    """What *plain* says itself, and is not to be made for it."""
    for name, it in vars(plain).items():
        # Python adds that where a class says only what is equal to it.
        added = name == "__hash__" and it is None
        if not added and name not in _NOT_COPIED:
            yield name, it


def _refuse_mistakes(own: _Fields, both: _Fields) -> None:
    """Raise where nobody may rely on a default."""
    for name, (one, _) in own.items():
        if one.default.__class__.__hash__ is None:
            raise ValueError(f"mutable default for field {name}: use default_factory")
    optional = None
    for name, (one, kw_only) in both.items():
        if one.init and not kw_only:
            if one.is_optional:
                optional = name
            elif optional is not None:
                raise TypeError(f"{name!r} has no default, and follows {optional!r}")


class _Asked:
    """What the standard library says of a class: it says it when it is asked."""

    def __init__(self, told: Callable[[], type]) -> None:
        self._told = told

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, _: object, cls: type) -> object:
        with _asking:
            # Unless another thread was first: it can be asked only once.
            if vars(self._owner)[self._name] is self:
                told = self._told()
                for name in _THEIRS:
                    setattr(self._owner, name, getattr(told, name))
        return getattr(cls, self._name)


class _Unmade:
    """An `__init__` that is made when it is first looked at."""

    def __init__(self, fields: _Fields) -> None:
        self._fields = fields

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, one: object, cls: type) -> object:
        made: Any = _init(self._owner, self._fields)
        setattr(self._owner, self._name, made)
        return made.__get__(one, cls)


def _methods(known: _Fields, *, frozen: bool) -> Mapping[str, object]:
    values = _values(tuple(name for name, (one, _) in known.items() if one.compare))

    def equals(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: object) -> int:
        return hash(values(self))

    both = {"__eq__": equals, "__repr__": _repr, "__replace__": _replace}
    if not frozen:
        return {**both, "__hash__": None}
    return {
        **both,
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


def _refused(_: object, name: str, *values: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - see above

    does = "assign to" if values else "delete"
    raise FrozenInstanceError(f"cannot {does} field {name!r}")


def _state(self: Any) -> list[object]:  # noqa: ANN401 - any dataclass
    return [getattr(self, name) for name in self.__lean__]


def _set_state(self: Any, state: list[object]) -> None:  # noqa: ANN401 - any dataclass
    for name, value in zip(self.__lean__, state, strict=True):
        object.__setattr__(self, name, value)


def _init(cls: Any, known: _Fields) -> Callable[..., None]:  # noqa: ANN401 - any class
    """An `__init__` that takes what the fields say."""
    # No name of a field begins with two of these: Python would put the class before it.
    around: dict[str, Any] = {"__MISSING": MISSING}
    first, later, body = ["self"], ["*"], []
    for name, (one, kw_only) in known.items():
        value, parameter = name, name
        # Of a frozen object only its slot can set a value.
        around[f"__set_{name}"] = getattr(cls, name).__set__
        if one.default is not MISSING:
            around[f"__default_{name}"] = one.default
            parameter = f"{name}=__default_{name}"
            value = name if one.init else f"__default_{name}"
        elif one.default_factory is not MISSING:
            made = f"__make_{name}()"
            around[f"__make_{name}"] = one.default_factory
            parameter = f"{name}=__MISSING"
            value = f"{made} if {name} is __MISSING else {name}" if one.init else made
        if one.init:
            (later if kw_only else first).append(parameter)
        if one.init or one.is_optional:
            body.append(f"__set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*first, *(later if len(later) > 1 else ())])
    lines = "\n ".join(body) if body else "pass"
    exec(f"def __init__({parameters}):\n {lines}", around)  # noqa: S102 - our own names
    init: Callable[..., None] = around["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init
