from __future__ import annotations

import contextvars
import ctypes
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

import pytest

from dlt_action.edge import apart as apart_module
from dlt_action.edge.apart import apart

SOON = 5.0  # what is to happen happens at once; this is for a busy machine
COLOUR = contextvars.ContextVar("COLOUR", default="none")


class Terminated(BaseException):
    """What a scheduler's handler of SIGTERM raises."""


class Work:
    """What is to be done, until it is told to leave; it knows whether it was."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.enough = threading.Event()
        self.ended = threading.Event()
        self.reasons: list[BaseException | None] = []

    def __call__(self) -> str:
        self.began.set()
        assert self.enough.wait(SOON)
        self.ended.set()
        return "left" if self.reasons else "done"

    def leave(self, error: BaseException | None) -> None:
        self.reasons.append(error)
        self.enough.set()


TraceFunction = Callable[[FrameType, str, Any], Any]


def calmly(
    act: Callable[[], str],
    leave: Callable[[BaseException | None], None] = lambda _: None,
    asked: Callable[[], bool] = lambda: False,
) -> str:
    return apart(act, leave, asked_to_leave=asked, grace=SOON)


def test_what_is_returned_or_raised_comes_back_from_another_thread() -> None:
    assert calmly(lambda: threading.current_thread().name) == "dlt-action"

    def fail() -> str:
        raise KeyError("it")

    with pytest.raises(KeyError, match="it"):
        calmly(fail)


def test_the_context_of_the_caller_is_there() -> None:
    COLOUR.set("red")
    assert calmly(COLOUR.get) == "red"


def test_who_sets_the_flag_gets_what_comes_of_the_leaving() -> None:
    work = Work()
    assert calmly(work, work.leave, work.began.is_set) == "left"
    assert work.reasons == [None]


def test_a_flag_that_nobody_sets_ends_nothing() -> None:
    assert calmly(lambda: "done", asked=lambda: False) == "done"


class Bomb:
    """Raise in the calling thread, like a signal's handler, at an instruction."""

    def __init__(self, instruction: int, work: Work) -> None:
        self.left = instruction
        self._work = work
        self._before = sys.gettrace()  # that of who measures coverage

    def __enter__(self) -> Self:
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def trace(self, frame: FrameType, event: str, _: Any) -> TraceFunction | None:  # noqa: ANN401 - as typeshed has it
        code = frame.f_code
        if code.co_filename != apart_module.__file__:
            return None  # what comes into `threading` may break it for everybody
        frame.f_trace_opcodes = True
        if event in ("line", "opcode"):  # some Pythons know a frame's lines only
            self.left -= 1
            if self.left == 0:
                raise Terminated
            if code.co_name == "wait":  # it gets that far: let the work end
                self._work.enough.set()
        return self.trace


def struck(instruction: int) -> tuple[bool, Work]:
    """Whether an exception came in, at the nth instruction; and the work."""
    work = Work()
    try:
        with Bomb(instruction, work):
            calmly(work, work.leave)
    except Terminated:
        return True, work
    return False, work


def test_wherever_an_exception_comes_in_who_works_is_told_to_leave() -> None:
    works: list[Work] = []
    came, instruction = True, 0
    while came:
        instruction += 1
        came, work = struck(instruction)
        works.append(work)
        if work.reasons and work.began.is_set():
            assert work.ended.wait(SOON), instruction
    untold = [work for work in works if not work.enough.is_set()]
    assert not any(work.began.is_set() for work in untold)
    assert sum(bool(work.reasons) for work in works) > 4  # so often it came late


def test_an_exception_waits_for_the_end_and_a_second_one_does_not() -> None:
    work = Work()

    def interrupted(error: BaseException | None) -> None:
        work.reasons.append(error)
        raise Terminated("again")

    def first() -> bool:
        assert work.began.wait(SOON)
        raise Terminated("at first")

    with pytest.raises(Terminated, match="again"):
        calmly(work, interrupted, first)
    assert not work.ended.is_set()
    assert [str(reason) for reason in work.reasons] == ["at first", "at first"]
    work.enough.set()


def test_an_exception_that_another_thread_sends_is_seen() -> None:
    work = Work()
    ours = ctypes.c_ulong(threading.get_ident())

    def send() -> None:
        assert work.began.wait(SOON)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ours, ctypes.py_object(Terminated))

    threading.Thread(target=send).start()
    with pytest.raises(Terminated):
        calmly(work, work.leave)
    assert work.ended.is_set()


def test_the_wait_after_an_exception_has_an_end() -> None:
    work = Work()

    def first() -> bool:
        assert work.began.wait(SOON)
        raise Terminated

    with pytest.raises(Terminated):
        apart(work, lambda _: None, asked_to_leave=first, grace=0.01)
    assert not work.ended.is_set()
    work.enough.set()


def test_without_a_thread_nothing_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    # There is no other way to have none left.
    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(RuntimeError, match="can't start"):
        apart(Work(), lambda _: None, grace=-2)  # no lock waits for so long
