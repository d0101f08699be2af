"""
Hold JSON against the models of an SDK of Azure, more strictly than these do it.

They are dictionaries with types on them: what they do not know they keep, and an
activity that they cannot name is any activity. So each field is looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from azure.mgmt.datafactory import models

# `Container` and `Execution` are kinds of kinds: they never stand in a file.
ACTIVITIES: dict[str, Any] = {}
ACTIVITIES.update(models.ControlActivity.__mapping__)
ACTIVITIES.update(models.ExecutionActivity.__mapping__)


def offences(model: Any, data: object, where: str = "$") -> Iterator[str]:  # noqa: ANN401 - a class with fields
    """What of *data* the fields of *model* do not allow, each with its place."""
    if not isinstance(data, dict):
        yield f"{where}: no object"
        return
    if model is models.Activity:
        model = ACTIVITIES.get(data.get("type", ""), model)
    fields, needed = _fields(model)
    for name in needed - data.keys():
        yield f"{where}.{name}: missing in {model.__name__}"
    for name, value in data.items():
        if name in fields:
            yield from _unlike(fields[name], value, f"{where}.{name}")
        else:
            yield f"{where}.{name}: {model.__name__} has no such field"


def _fields(model: Any) -> tuple[dict[str, Any], set[str]]:  # noqa: ANN401 - likewise
    """The types of the fields of *model*, as they are on the wire; which it needs."""
    hints = get_type_hints(model, localns={"_models": models})
    model({})  # it knows its names on the wire once there is one
    fields, needed = {}, set()
    for name, rest in model._attr_to_rest_field.items():  # noqa: SLF001 - there is no public way to the names
        fields[rest._rest_name] = hints[name]  # noqa: SLF001 - likewise
        if type(None) not in _arms(hints[name]) and rest._visibility != ["read"]:  # noqa: SLF001 - likewise
            needed.add(rest._rest_name)  # noqa: SLF001 - likewise
    return fields, needed


def _unlike(hint: Any, value: object, where: str) -> Iterator[str]:  # noqa: ANN401 - a type, in any form
    """What of *value* is not as *hint* has it."""
    arms = [arm for arm in _arms(hint) if arm is not type(None)]
    # `str | SomeEnum` is how they write that more values may come: not from us.
    enums = [arm for arm in arms if isinstance(arm, type) and issubclass(arm, Enum)]
    arm = (enums or arms)[0]
    kind = get_origin(arm) or arm
    if kind is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _unlike(get_args(arm)[0], one, f"{where}[{number}]")
    elif kind is dict and isinstance(value, dict):
        for name, one in value.items():
            yield from _unlike(get_args(arm)[1], one, f"{where}.{name}")
    elif hasattr(kind, "as_dict"):
        yield from offences(kind, value, where)
    elif not _is(arm, kind, value):
        yield f"{where}: {value!r} is no {getattr(kind, '__name__', kind)}"


def _is(arm: Any, kind: Any, value: object) -> bool:  # noqa: ANN401 - likewise
    if kind is Any:
        return True
    if kind is Literal:
        return value in get_args(arm)
    if issubclass(kind, Enum):
        return value in [member.value for member in kind]
    return isinstance(value, kind)


def _arms(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - likewise
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
