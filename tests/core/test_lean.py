"""A dataclass of ours and one of the standard library, held against each other."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from types import ModuleType
from typing import Any, ClassVar, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action import lean

Kind: TypeAlias = Callable[[ModuleType], type[Any]]

# No NaN: of that the standard library thinks differently since Python 3.13.
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=3))


def both(make: Kind) -> tuple[type[Any], type[Any]]:
    """A class made by us, and the same by the standard library."""
    return make(lean), make(dataclasses)


def frozen(library: ModuleType) -> type[Any]:
    """Fields of all kinds, in an order that they have nowhere else."""

    @library.dataclass(frozen=True, slots=True)
    class Thing:
        kind: ClassVar[str] = "thing"
        one: object
        two: object = "2"
        three: list[object] = library.field(default_factory=list, compare=False)
        four: object = library.field(default=4, repr=False)

        @property
        def doubled(self) -> object:
            return self.one, self.one

    return Thing


def by_name(library: ModuleType) -> type[Any]:
    """Only by their names, after one that is not."""

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Thing:
        two: object = None
        one: object

    return Thing


def changing(library: ModuleType) -> type[Any]:
    """An object that may be changed, and makes a part of itself."""

    @library.dataclass(slots=True)
    class Thing:
        one: object
        more: list[object] = library.field(default_factory=list)
        made: object = library.field(init=False)

        def __post_init__(self) -> None:
            self.made = (self.one, self.one)

    return Thing


def empty(library: ModuleType) -> type[Any]:
    """Nothing at all."""

    @library.dataclass(frozen=True, slots=True)
    class Thing:
        pass

    return Thing


def own(library: ModuleType) -> type[Any]:
    """One that says itself how it is shown and compared."""

    @library.dataclass(frozen=True, slots=True)
    class Thing:
        one: object

        def __repr__(self) -> str:
            return "a thing"

        def __eq__(self, other: object) -> bool:
            return other == "a thing"

        def __hash__(self) -> int:
            return 7

    return Thing


def own_equality(library: ModuleType) -> type[Any]:
    """One that says itself what is equal to it, and not how it is hashed."""

    @library.dataclass(frozen=True, slots=True)
    class Thing:  # noqa: PLW1641 - how it is hashed is left to the library
        one: object

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self))

    return Thing


def made_whole(library: ModuleType) -> type[Any]:
    """Nothing can be given, and all of it is there."""

    @library.dataclass(slots=True)
    class Thing:
        one: object = library.field(default=1, init=False)
        more: list[object] = library.field(default_factory=list, init=False)

    return Thing


def built_on(library: ModuleType) -> type[Any]:
    """One with fields of its base, of which one has to be given here."""

    @library.dataclass(frozen=True, slots=True)
    class Base:
        one: object = 1
        two: object = 2

    @library.dataclass(frozen=True, slots=True)
    class Thing(Base):
        one: object
        two: object = 3

    return Thing


KINDS: tuple[Kind, ...] = (
    *(frozen, by_name, changing, empty, own, own_equality, made_whole, built_on),
)


def refusal(make: Callable[[], object]) -> type[Exception] | None:
    """The kind of the error that comes of it."""
    try:
        make()
    except (TypeError, ValueError) as error:
        return type(error)
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_the_fields_and_slots_that_the_standard_librarys_has(kind: Kind) -> None:
    ours, theirs = both(kind)
    assert ours.__slots__ == theirs.__slots__
    assert ours.__match_args__ == theirs.__match_args__
    assert [repr(one) for one in dataclasses.fields(ours)] == [
        repr(one) for one in dataclasses.fields(theirs)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_takes_is_what_the_standard_librarys_takes(kind: Kind) -> None:
    ours, theirs = both(kind)
    for args, words in (
        ((), {}),
        ((1,), {}),
        ((1, 2), {}),
        ((1, 2, [3], 4, 5), {}),
        ((), {"one": 1}),
        ((1,), {"one": 1}),
        ((), {"one": 1, "five": 5}),
        ((), {"one": 1, "made": 5}),
    ):
        assert came(ours, args, words) == came(theirs, args, words)
    assert parameters(ours) == parameters(theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_was_made_with_is_known(kind: Kind) -> None:
    ours, theirs = both(kind)
    params = [repr(cls.__dataclass_params__) for cls in (ours, theirs)]
    assert params[0] == params[1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_takes_is_known_before_it_took_anything(kind: Kind) -> None:
    ours, theirs = both(kind)
    assert parameters(ours) == parameters(theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_it_can_be_a_key_where_the_standard_librarys_can(kind: Kind) -> None:
    ours, theirs = both(kind)
    args = (1,) if kind in (frozen, changing, own, own_equality, built_on) else ()
    words = {"one": 1} if kind is by_name else {}
    mine, its = (cls(*args, **words) for cls in (ours, theirs))
    assert refusal(lambda: hash(mine)) is refusal(lambda: hash(its))
    if refusal(lambda: hash(its)) is None:
        assert hash(mine) == hash(its)


def came(cls: type[Any], args: tuple[Any, ...], words: dict[str, Any]) -> object:
    """What comes of a call: the values, or the words of the error."""
    try:
        made = cls(*args, **words)
    except TypeError as error:
        return str(error)
    return [getattr(made, one.name) for one in dataclasses.fields(made)]


def parameters(cls: type[Any]) -> list[tuple[str, object]]:
    return [(one.name, one.kind) for one in inspect.signature(cls).parameters.values()]


@given(VALUES, VALUES, VALUES, VALUES)
def test_it_is_equal_to_and_hashed_and_shown_as_the_standard_librarys(
    one: object, two: object, three: object, four: object
) -> None:
    ours, theirs = both(frozen)
    mine, its = (cls(one, two) for cls in (ours, theirs))
    others = [
        (ours(a, b, [c], d), theirs(a, b, [c], d))
        for a, b, c, d in (
            (one, two, three, 4),
            (three, four, 0, 4),
            (one, two, 0, four),
        )
    ]
    assert [mine == other for other, _ in others] == [
        its == other for _, other in others
    ]
    assert hash(mine) == hash(its)
    assert repr(mine) == repr(its)
    assert mine != its


def test_those_of_one_field_and_of_none_are_equal_by_what_is_in_them() -> None:
    for kind, args in ((empty, ()), (changing, (1,))):
        ours, _ = both(kind)
        assert ours(*args) == ours(*args)
        assert ours(*args) != args
    assert both(own)[0](1) == "a thing"


def test_what_is_frozen_cannot_be_changed() -> None:
    thing = frozen(lean)(1)
    for name in ("one", "elsewhere"):
        with pytest.raises(FrozenInstanceError, match="cannot assign to field"):
            setattr(thing, name, 2)
        with pytest.raises(FrozenInstanceError, match="cannot delete field"):
            delattr(thing, name)
    assert thing.one == 1


def test_what_is_not_frozen_can_be_changed_and_is_no_key() -> None:
    thing = changing(lean)(1)
    thing.one = 2
    assert (thing.one, thing.made) == (2, (1, 1))
    with pytest.raises(TypeError, match="unhashable"):
        hash(thing)


def test_each_object_has_a_list_of_its_own() -> None:
    ours, _ = both(frozen)
    assert ours(1).three is not ours(1).three


def test_it_is_replaced_and_copied_whole() -> None:
    thing = frozen(lean)(1, three=[3])
    # The last is what `copy.replace` calls, from Python 3.13 on.
    for replace in (lean.replace, dataclasses.replace, type(thing).__replace__):
        assert replace(thing, one=5).three is thing.three
        assert (replace(thing, one=5).one, thing.one) == (5, 1)
        with pytest.raises(TypeError, match="unexpected keyword argument 'five'"):
            replace(thing, five=5)
    assert copy.deepcopy(thing) == thing
    assert copy.deepcopy(thing).three == [3]
    assert dataclasses.asdict(thing) == {"one": 1, "two": "2", "three": [3], "four": 4}


@lean.dataclass(frozen=True, slots=True)
class Sent:
    """At the top of a module, where pickle finds it."""

    one: int
    two: str = ""


def test_it_is_sent_to_another_process_whole() -> None:
    sent = pickle.dumps(Sent(1, two="x"))
    assert pickle.loads(sent) == Sent(1, two="x")  # noqa: S301 - our own


def test_one_that_builds_on_another_has_the_fields_of_both() -> None:
    @lean.dataclass(frozen=True, slots=True)
    class More(Sent):
        three: int = 3

    assert More(1, "2") == More(one=1, two="2", three=3)
    assert More(1) != Sent(1)
    assert dataclasses.replace(More(1), two="x").two == "x"


def test_one_that_holds_itself_can_be_shown() -> None:
    thing = changing(lean)(1)
    thing.more.append(thing)
    assert "more=[...]" in repr(thing)


def test_a_pattern_finds_its_parts_by_their_places() -> None:
    @lean.dataclass(frozen=True, slots=True)
    class Pair:
        one: int
        two: int = 2

    match Pair(1):
        case Pair(one, two):
            assert (one, two) == (1, 2)


def test_what_is_asked_of_the_second_is_known_of_the_first() -> None:
    @lean.dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        one: int = 1

    @lean.dataclass(frozen=True, slots=True)
    class More(Base):
        two: int

    assert [one.name for one in dataclasses.fields(More)] == ["one", "two"]
    assert [one.name for one in dataclasses.fields(Base)] == ["one"]
    assert repr(More(2, one=3)).endswith("More(one=3, two=2)")


def test_one_without_slots_is_not_made_here() -> None:
    with pytest.raises(TypeError, match="standard library"):
        lean.dataclass(slots=False)


def test_its_values_are_told_by_name_and_of_nothing_else() -> None:
    assert lean.values_of(Sent(1, "x")) == {"one": 1, "two": "x"}
    with pytest.raises(TypeError, match="no dataclass"):
        lean.values_of("x")
