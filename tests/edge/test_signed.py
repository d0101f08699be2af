"""Calls from several threads that share one credential."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests
from requests.auth import AuthBase

from dlt_action.core.calls import Call
from dlt_action.core.reply import (
    Answer,
    Fault,
    FaultKind,
    Reply,
    Unsigned,
)
from dlt_action.core.signin.answers import granted
from dlt_action.core.signin.bearer import seconds_of
from dlt_action.core.signin.keeping import Kept
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Memory, Pat, Scheme, carrying
from dlt_action.core.signin.steps import Ask, Credential, Flow, Text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Passes, Signed
from tests.core.signin.desk import ASK, GOOD, PROBLEM, READ, STOP, denied
from tests.core.signin.replies import answer
from tests.edge.senders import START

REFUSED = Unsigned(replace(PROBLEM, said="token.test answered no"))
TOO_LATE = Fault(FaultKind.UNSIGNED, "it has to be signed in anew first")
HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
WITHIN = 60.0  # so much that nobody's time ends while a test runs
GUARD = 30.0  # seconds of the real clock, after which a test has failed


class Asking(Scheme):
    """A way to sign in that asks once, and is told how long the token lives."""

    auth_type = AuthType.OAUTH_M2M
    principal = "app-id"
    secrets = ()

    def __init__(self) -> None:
        self.memories: list[Memory] = []

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        assert host == HOST
        self.memories.append(memory)
        body = yield from granted(ASK, lambda _: replace(PROBLEM, said="no"))
        return carrying(f"{body['token']}", seconds_of(body["life"], ""))


class Endpoint:
    """A token endpoint, its clock, and whoever looks at the clock."""

    def __init__(self, *, life: float = 3600.0) -> None:
        self.now = 1_000.0
        self.life = life
        self.asked = 0
        self.players = 0
        self.within: list[float] = []  # the time for each request
        self.at_look: dict[int, Callable[[], object]] = {}  # what happens meanwhile
        self.inside = 0  # at this moment
        self.crowd = 0  # the most that there were at one moment
        self.entered = threading.Event()
        self.open = threading.Event()  # answers as long as this is set
        self.open.set()
        self.instead: list[Callable[[], Reply]] = []  # answers other than a token
        self._looks: Counter[int] = Counter()
        self._looked = threading.Condition()

    def passes(self, scheme: Scheme | None = None) -> Passes:
        """Passes that are had here."""
        asking = Asking() if scheme is None else scheme
        return Passes(asking, HOST, self._player, clock=self._clock)

    def wait_for_waiting(self, threads: int) -> None:
        """Wait until so many threads have begun to get a credential."""
        # Whoever gets one looks at the clock when it begins and again in its turn.
        with self._looked:
            looked = self._looked.wait_for(
                lambda: sum(times >= 2 for times in self._looks.values()) >= threads,
                GUARD,
            )
        assert looked

    def _player(self) -> Player:
        self.players += 1
        return Player(
            ask=self._ask, hide=lambda _: None, read=lambda _: Text(), clock=self._clock
        )

    def _clock(self) -> float:
        with self._looked:
            self._looks[threading.get_ident()] += 1
            self._looked.notify_all()
            meanwhile = self.at_look.pop(self._looks.total(), None)
        if meanwhile is not None:
            meanwhile()
        return self.now

    def _ask(self, _: Ask, within: float) -> Reply:
        self.within.append(within)
        self.inside += 1
        self.crowd = max(self.crowd, self.inside)
        self.asked += 1
        number = self.asked
        self.entered.set()
        assert self.open.wait(GUARD)
        self.inside -= 1
        if self.instead:
            return self.instead.pop(0)()
        return answer(200, {"token": f"token-{number}", "life": self.life})


class Sent:
    """Takes calls for the workspace, and tells what they carried."""

    def __init__(self, *replies: Answer) -> None:
        self.calls: list[Call] = []
        self.tokens: list[str] = []
        self.within: list[float] = []
        self._replies = iter(replies)

    def __call__(self, call: Call, within: float, auth: AuthBase) -> Answer | Fault:
        self.calls.append(call)
        self.within.append(within)
        self.tokens.append(carried(auth, HOST))
        return next(self._replies, GOOD)


def carried(auth: AuthBase, url: str) -> str:
    """What *auth* puts on a request to *url*."""
    prepared = requests.Request("GET", url, auth=auth).prepare()
    return str(prepared.headers.get("Authorization", ""))


def number_of(got: object) -> int:
    number = getattr(got, "number", None)
    assert isinstance(number, int), got
    return number


def later(
    pool: ThreadPoolExecutor, passes: Passes, within: float = WITHIN
) -> Future[Kept | Reply]:
    return pool.submit(passes.get, within, effect=False)


def test_many_threads_without_a_credential_sign_in_once() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    passes = endpoint.passes()
    with ThreadPoolExecutor(16) as pool:
        got = [later(pool, passes) for _ in range(16)]
        endpoint.wait_for_waiting(16)
        endpoint.open.set()
        assert {number_of(one.result(GUARD)) for one in got} == {1}
    assert (endpoint.asked, endpoint.crowd) == (1, 1)


def test_a_call_whose_token_holds_does_not_wait_for_a_renewal_that_hangs() -> None:
    endpoint = Endpoint()
    passes = endpoint.passes()
    passes.get(WITHIN, effect=False)
    endpoint.now += 2400  # stale
    endpoint.open.clear()
    endpoint.entered.clear()
    with ThreadPoolExecutor(2) as pool:
        renewing = later(pool, passes)
        assert endpoint.entered.wait(GUARD)
        assert number_of(later(pool, passes).result(GUARD)) == 1
        assert not renewing.done()
        endpoint.open.set()
        assert number_of(renewing.result(GUARD)) == 2
    assert (endpoint.asked, endpoint.crowd) == (2, 1)


def test_a_refusal_is_told_to_all_who_waited_for_it() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    endpoint.instead = [lambda: answer(401, {"message": "no"})] * 5
    passes = endpoint.passes()
    with ThreadPoolExecutor(5) as pool:
        got = [later(pool, passes) for _ in range(5)]
        endpoint.wait_for_waiting(5)
        endpoint.open.set()
        assert [one.result(GUARD) for one in got] == [REFUSED] * 5
    assert endpoint.asked == 1


def test_after_an_outage_the_next_one_tries_one_at_a_time() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    endpoint.instead = [lambda: Fault(FaultKind.UNCONNECTED)] * 3
    passes = endpoint.passes()
    with ThreadPoolExecutor(5) as pool:
        got = [later(pool, passes) for _ in range(5)]
        endpoint.wait_for_waiting(5)
        endpoint.open.set()
        results = [one.result(GUARD) for one in got]
    faults = [one for one in results if isinstance(one, Fault)]
    assert {fault.kind for fault in faults} == {FaultKind.UNSIGNED}
    assert (len(faults), endpoint.asked, endpoint.crowd) == (3, 4, 1)


def boom() -> Reply:
    raise ZeroDivisionError


def test_a_bug_in_a_sign_in_is_raised_and_the_next_one_has_its_turn() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    endpoint.instead = [boom]
    passes = endpoint.passes()
    with ThreadPoolExecutor(2) as pool:
        first = later(pool, passes)
        assert endpoint.entered.wait(GUARD)
        second = later(pool, passes)
        endpoint.wait_for_waiting(2)
        endpoint.open.set()
        assert isinstance(first.exception(GUARD), ZeroDivisionError)
        assert number_of(second.result(GUARD)) == 1
    assert endpoint.asked == 2


def test_a_bug_in_a_renewal_leaves_the_old_one_in_use() -> None:
    endpoint = Endpoint()
    passes = endpoint.passes()
    passes.get(WITHIN, effect=False)
    endpoint.now += 2400
    endpoint.instead = [boom]
    with pytest.raises(ZeroDivisionError):
        passes.get(WITHIN, effect=False)
    assert number_of(passes.get(WITHIN, effect=True)) == 1


def test_whoever_has_no_time_to_wait_is_told_so() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    passes = endpoint.passes()
    with ThreadPoolExecutor(1) as pool:
        signing_in = later(pool, passes)
        assert endpoint.entered.wait(GUARD)
        assert passes.get(0.0, effect=False) == TOO_LATE
        endpoint.open.set()
        assert number_of(signing_in.result(GUARD)) == 1


def test_what_has_an_effect_waits_for_no_sign_in_of_others() -> None:
    endpoint, send = Endpoint(), Sent()
    endpoint.open.clear()
    passes = endpoint.passes()
    with ThreadPoolExecutor(1) as pool:
        signing_in = later(pool, passes)
        assert endpoint.entered.wait(GUARD)
        assert Signed(send, passes)(START, WITHIN) == TOO_LATE
        endpoint.open.set()
        assert number_of(signing_in.result(GUARD)) == 1
    assert send.calls == []


class Hanging:
    """An answer that comes when everybody has long gone."""

    def __init__(self, reply: Reply) -> None:
        self.begun = threading.Event()
        self.ends = threading.Event()
        self._reply = reply

    def __call__(self) -> Reply:
        self.begun.set()
        assert self.ends.wait(GUARD)
        return self._reply


LATE = answer(200, {"token": "late", "life": 3600})


@pytest.mark.parametrize(
    "late", [LATE, answer(401, {"message": "no"}), Fault(FaultKind.BROKEN)]
)
def test_a_sign_in_that_hangs_loses_its_turn_and_counts_no_more(late: Reply) -> None:
    endpoint, hanging = Endpoint(), Hanging(late)
    endpoint.instead = [hanging]
    passes = endpoint.passes()
    with ThreadPoolExecutor(1) as pool:
        first = later(pool, passes, 10.0)
        assert hanging.begun.wait(GUARD)
        endpoint.now += 12.9  # its time, and almost three seconds
        assert passes.get(WITHIN, effect=True) == TOO_LATE
        endpoint.now += 0.1
        assert number_of(passes.get(WITHIN, effect=False)) == 1
        hanging.ends.set()
        assert number_of(first.result(GUARD)) == 1
    kept = passes.get(WITHIN, effect=False)
    assert isinstance(kept, Kept)
    assert kept.credential == carrying("token-2", 3600.0)
    assert endpoint.players == 2  # whoever hangs keeps its own


def test_a_renewal_takes_a_third_of_the_time_of_its_call() -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    signed(READ, 9.0)
    endpoint.now += 2400
    signed(READ, 9.0)
    assert endpoint.within == pytest.approx([9.0, 3.0])


def test_a_turn_that_was_lost_before_it_began_ends_in_peace() -> None:
    endpoint = Endpoint()
    passes = endpoint.passes()

    def suspended() -> None:
        endpoint.now += 100
        assert number_of(passes.get(WITHIN, effect=False)) == 1

    endpoint.at_look[3] = suspended  # the first in its turn
    assert number_of(passes.get(WITHIN, effect=False)) == 1


@pytest.mark.parametrize("call", [START, STOP])
def test_what_has_an_effect_is_not_sent_after_a_sign_in_of_its_own(call: Call) -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    assert signed(call, WITHIN) == TOO_LATE
    assert send.calls == []
    assert signed(call, WITHIN) == GOOD
    assert send.calls == [call]
    assert endpoint.asked == 1


def test_a_start_is_sent_at_once_with_a_token_that_asks_nobody() -> None:
    endpoint, send = Endpoint(), Sent()
    assert Signed(send, endpoint.passes(Pat("dapi-canary")))(START, WITHIN) == GOOD
    assert send.tokens == ["Bearer dapi-canary"]


def test_a_start_that_could_not_be_signed_is_not_sent() -> None:
    endpoint, send = Endpoint(), Sent()
    endpoint.instead = [lambda: Fault(FaultKind.UNCONNECTED)]
    reply = Signed(send, endpoint.passes())(START, WITHIN)
    assert isinstance(reply, Fault)
    assert reply.kind is FaultKind.UNSIGNED
    assert send.calls == []


def test_a_start_renews_nothing_that_holds() -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)
    endpoint.now += 2400
    assert signed(START, WITHIN) == GOOD
    assert send.tokens == ["Bearer token-1"] * 2
    assert endpoint.asked == 1


@pytest.mark.parametrize(("within", "asked"), [(4.9, 1), (5.0, 2)])
def test_who_is_in_a_hurry_renews_nothing_that_holds(within: float, asked: int) -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)
    endpoint.now += 2400
    assert signed(READ, within) == GOOD
    assert endpoint.asked == asked


def test_who_is_in_a_hurry_signs_in_when_nothing_holds() -> None:
    endpoint, send = Endpoint(), Sent()
    assert Signed(send, endpoint.passes())(READ, 1.0) == GOOD
    assert endpoint.asked == 1


def test_an_outage_of_the_renewal_is_not_noticed_while_the_old_one_holds() -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)
    endpoint.now += 2400
    endpoint.instead = [lambda: Fault(FaultKind.UNCONNECTED)]
    assert signed(READ, WITHIN) == GOOD
    assert signed(READ, WITHIN) == GOOD  # and no try more so soon
    assert send.tokens == ["Bearer token-1"] * 3
    assert endpoint.asked == 2


def test_a_call_gets_the_time_that_signing_in_left() -> None:
    endpoint, send = Endpoint(), Sent()

    def slow() -> Reply:
        endpoint.now += 8.0
        return answer(200, {"token": "token-1", "life": 3600})

    endpoint.instead = [slow]
    assert Signed(send, endpoint.passes())(READ, 30.0) == GOOD
    assert send.within == pytest.approx([22.0])


def test_a_call_for_which_no_time_is_left_is_not_made() -> None:
    endpoint, send = Endpoint(), Sent()

    def slow() -> Reply:
        endpoint.now += 9.6
        return answer(200, {"token": "token-1", "life": 3600})

    endpoint.instead = [slow]
    signed = Signed(send, endpoint.passes())
    assert signed(READ, 10.0) == Fault(FaultKind.UNSIGNED, "signing in took long")
    assert send.calls == []
    assert signed(READ, 10.0) == GOOD


@pytest.mark.parametrize(("left", "made"), [(0.4, 0), (0.5, 1), (0.6, 1)])
def test_half_a_second_is_the_least_that_a_call_is_made_in(
    left: float, made: int
) -> None:
    endpoint, send = Endpoint(), Sent()

    def slow() -> Reply:
        endpoint.now += 10.0 - left
        return answer(200, {"token": "token-1", "life": 3600})

    endpoint.instead = [slow]
    Signed(send, endpoint.passes())(READ, 10.0)
    assert len(send.calls) == made


def test_a_call_with_little_time_is_made_with_a_token_that_holds() -> None:
    endpoint, send = Endpoint(), Sent()
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)
    assert signed(READ, 0.1) == GOOD
    assert send.within[1] == pytest.approx(0.1)


def test_a_token_that_is_over_when_it_comes_signs_nothing() -> None:
    endpoint, send = Endpoint(life=2.0), Sent()

    def slow() -> Reply:
        endpoint.now += 5.0
        return answer(200, {"token": "token-1", "life": 2.0})

    endpoint.instead = [slow]
    assert Signed(send, endpoint.passes())(READ, WITHIN) == Fault(
        FaultKind.UNSIGNED, "the token ended as soon as it came"
    )
    assert send.calls == []


def test_a_refusal_to_sign_in_stands_for_the_answer() -> None:
    endpoint, send = Endpoint(), Sent()
    endpoint.instead = [lambda: answer(401, {"message": "no"})]
    assert Signed(send, endpoint.passes())(READ, WITHIN) == REFUSED
    assert send.calls == []


def test_a_read_whose_token_the_workspace_gave_up_is_made_again() -> None:
    endpoint, send = Endpoint(), Sent(GOOD, denied(403), GOOD)
    signed = Signed(send, endpoint.passes())
    assert [signed(READ, WITHIN), signed(READ, WITHIN)] == [GOOD, GOOD]
    assert send.tokens == ["Bearer token-1"] * 2 + ["Bearer token-2"]


def test_a_read_is_made_again_in_the_time_that_it_has_left() -> None:
    endpoint, send = Endpoint(), Sent(GOOD, denied(401), GOOD)
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)

    def slow() -> Reply:
        endpoint.now += 8.0
        return answer(200, {"token": "token-2", "life": 3600})

    endpoint.instead = [slow]
    assert signed(READ, 20.0) == GOOD
    assert send.within == pytest.approx([60.0, 20.0, 12.0])


@pytest.mark.parametrize("call", [START, STOP])
def test_what_has_an_effect_is_never_sent_twice(call: Call) -> None:
    endpoint, send = Endpoint(), Sent(GOOD, denied(401))
    signed = Signed(send, endpoint.passes())
    signed(READ, WITHIN)
    assert signed(call, WITHIN) == denied(401)
    assert send.calls == [READ, call]
    # Its next try is decided on anew, with a new token.
    assert signed(call, WITHIN) == TOO_LATE
    assert signed(call, WITHIN) == GOOD
    assert send.tokens[-1] == "Bearer token-2"


def test_a_pat_that_is_refused_is_refused() -> None:
    endpoint = Endpoint()
    passes = endpoint.passes(Pat("dapi-canary"))
    assert Signed(Sent(), passes)(READ, WITHIN) == GOOD
    assert Signed(Sent(denied(401)), passes)(READ, WITHIN) == denied(401)
    assert Signed(Sent(denied(401)), passes)(READ, WITHIN) == denied(401)
    assert endpoint.asked == 0


def test_what_one_sign_in_found_out_is_known_to_the_next() -> None:
    endpoint, scheme = Endpoint(life=300.0), Asking()
    passes = endpoint.passes(scheme)
    passes.get(WITHIN, effect=False)
    endpoint.now += 300
    passes.get(WITHIN, effect=False)
    first, second = scheme.memories
    assert first is second


def test_a_credential_is_put_on_requests_to_the_workspace_alone() -> None:
    auth = Endpoint().passes().auth(carrying("token-1", 3600.0))
    assert carried(auth, f"{HOST}/api/2.0/pipelines") == "Bearer token-1"
    for stranger in ("https://evil.example", f"{HOST}:8443", f"{HOST}.evil.example"):
        assert carried(auth, stranger) == ""


def test_all_headers_of_a_credential_are_put_on() -> None:
    headers = (("Authorization", "Bearer x"), ("X-Databricks-Azure-SP", "y"))
    auth = Endpoint().passes().auth(Credential(headers=headers, seconds=1.0))
    prepared = requests.Request("GET", HOST, auth=auth).prepare()
    assert dict(headers).items() <= dict(prepared.headers).items()
