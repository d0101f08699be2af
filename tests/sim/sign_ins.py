"""What has to hold of a run that signs in: who is asked for tokens, when, how often."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import inf

from dlt_action.core.reply import Fault
from tests.sim.facts import Facts, status_of
from tests.sim.invariants import Invariant
from tests.sim.line import Sent
from tests.sim.mint import UNTOLD, Asked, Tokens
from tests.sim.mishaps import REFUSALS
from tests.sim.signing import SigningLine

MOST_REFUSED = 2  # sign-ins of one process that has no token
KINDS_OF_CALLS = 6
# Between the moment at which a token is stale and the call that renews it.
LOOKS_APART = 1.2
BETWEEN_TWO_ENDS = 65.0
LONGEST_ASK = 10.5
HURRY = 3.0  # with less time than this somebody is waiting
MARGIN = 40.0  # a token is over so long before its end, as the SDKs have it


def signing(facts: Facts) -> SigningLine | None:
    """The line of a run that signs in."""
    line = facts.played.line
    return line if isinstance(line, SigningLine) else None


def of_the_run(facts: Facts, line: SigningLine) -> list[Asked]:
    """The requests of sign-ins, but for the post step's."""
    until = facts.played.post_began if facts.played.post_from is not None else inf
    return [one for one in line.mint.asked if one.at < until]


def refused(asked: Asked) -> bool:
    """Whether somebody says no, or seems to: by no page, redirect or half an answer."""
    if asked.fate is None:
        return asked.denied
    return asked.fate.mishap in REFUSALS


def unauthorized_is_who_was_refused(facts: Facts) -> Iterator[str]:
    """A token that nobody can make, or that has ended, is no refusal."""
    line = signing(facts)
    if line is None or facts.killed or facts.result != "unauthorized":
        return
    tokens, ended = line.mint.tokens, facts.ended
    if tokens.wrong_secret or tokens.deleted < ended or tokens.forbidden[0] < ended:
        return
    good = (sent.came for sent in facts.sent if 0 < status_of(sent) < 300)
    since = min((came for came in good if came is not None), default=inf)
    # A token that ends before any was good for anything looks like a refusal.
    by_workspace = [
        sent
        for sent in facts.sent
        if sent.left is not None
        and status_of(sent) in (401, 403)
        and not (_ended(sent) and sent.at > since)
    ]
    by_sign_in = [one for one in of_the_run(facts, line) if refused(one)]
    if _twice_in_a_row(facts):
        return
    # Before anything is started, one is enough: a person waits for it.
    enough = 1 if facts.told is None else 2
    if not by_workspace and len(by_sign_in) < enough:
        yield f"unauthorized: {facts.reason}"


def _twice_in_a_row(facts: Facts) -> bool:
    """Whether two tokens ended within a minute: then it is no matter of tokens."""
    last: dict[str, Sent] = {}
    for sent in facts.sent:
        if not _ended(sent):
            continue
        if sent.kind == "start":  # it is not sent twice, and so it is believed
            return True
        before = last.setdefault(sent.kind, sent)
        if before.token != sent.token:
            if sent.at - before.at < BETWEEN_TWO_ENDS:
                return True
            last[sent.kind] = sent
    return False


def a_wrong_secret_is_not_tried_for_long(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    if line is None:
        return
    asked = line.mint.asked
    for began, ended in pairwise((*line.processes, inf)):
        mine = [one for one in asked if began <= one.at < ended and one.kind == "token"]
        first = next((one.at for one in mine if one.granted), inf)
        early = [one for one in mine if one.denied and one.at < first]
        if len(early) > MOST_REFUSED and not any(map(_excused, early)):
            yield f"{len(early)} refused sign-ins, and there was no token yet"
        late = [one for one in mine if one.denied and one.at >= _known_over(line, one)]
        if first < inf and len(late) > MOST_REFUSED and not any(map(_excused, late)):
            yield f"{len(late)} refused sign-ins after the last token was over"


def _known_over(line: SigningLine, asked: Asked) -> float:
    """When the client knew that the last token before *asked* was over."""
    last = [one.granted for one in line.mint.asked if one.granted and one.at < asked.at]
    if not last:
        return inf
    life = 2 * half_life(line.mint.tokens)
    over = line.mint.made[last[-1]].at + max(life - MARGIN, life / 2)
    seen = [
        sent.came
        for sent in line.sent
        if sent.token == last[-1] and _ended(sent) and sent.came is not None
    ]
    return min([over, *seen])


def _excused(asked: Asked) -> bool:
    # Who did not hear the refusal may ask again.
    return asked.fate is not None


def no_call_leaves_with_a_token_that_was_told_to_end(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    for sent in facts.played.line.sent if line is not None else ():
        if sent.left is None or line is None:
            continue
        made = line.mint.made[sent.token]
        counted = made.told if line.mint.tokens.told != "nothing" else UNTOLD
        if sent.left > made.at + counted:
            yield f"{sent.kind} at {sent.left:.1f}, and {sent.token} was over"
            return


def a_token_that_was_refused_is_not_used_for_long(facts: Facts) -> Iterator[str]:
    """It was good before, and is refused for every kind of call: so it is replaced."""
    line = signing(facts)
    if line is None:
        return
    count: dict[str, int] = {}
    for sent in facts.played.line.sent:
        if sent.fate is not None and sent.fate.mishap.name == "token ended":
            count[sent.token] = count.get(sent.token, 0) + 1
    for token, times in count.items():
        if times > KINDS_OF_CALLS:
            yield f"{times} calls were refused because {token} had ended"


def a_start_does_not_wait_for_a_token(facts: Facts) -> Iterator[str]:
    """What was decided on before a sign-in may not be wanted any more after it."""
    line = signing(facts)
    for sent in facts.starts if line is not None else ():
        if sent.left is not None and sent.left > sent.at:
            yield f"decided at {sent.at:.2f}, sent at {sent.left:.2f}"


def tokens_are_asked_for_now_and_then(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    if line is None or facts.played.schedule.latency[1] > 1.0:
        return
    mine = [one for one in of_the_run(facts, line) if one.kind == "token"]
    calls = [sent for sent in facts.sent if sent.left is not None]
    ended = sum(_ended(sent) or status_of(sent) in (401, 403) for sent in calls)
    if len(mine) > len(facts.sent) + 1:
        yield f"{len(mine)} token calls for {len(facts.sent)} calls"
    tokens = line.mint.tokens
    troubled = tokens.share or tokens.weather or tokens.deleted < inf
    if troubled or tokens.wrong_secret:
        return
    most = LOOKS_APART * facts.ended / half_life(tokens) + 1 + ended
    if len(mine) > most:
        yield f"{len(mine)} token calls in {facts.ended:.0f} s, of {tokens.life:.0f} s"


def half_life(tokens: Tokens) -> float:
    """Seconds after which a token is to be renewed, at the earliest."""
    return (UNTOLD if tokens.told == "nothing" else tokens.life) / 2


def _ended(sent: Sent) -> bool:
    return sent.fate is not None and sent.fate.mishap.name == "token ended"


def every_identity_is_exchanged_once(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    if line is None:
        return
    used = line.mint.identities
    if len(set(used)) < len(used):
        yield "an identity token was used twice"


def who_holds_a_token_and_is_in_a_hurry_does_not_wait(facts: Facts) -> Iterator[str]:
    line, signal = signing(facts), facts.signal
    slow = facts.played.schedule.latency[1] > 1.0
    if line is None or signal is None or facts.killed or slow:
        return
    denied = (sent for sent in facts.sent if status_of(sent) in (401, 403))
    refused = {sent.token: sent.came for sent in denied}
    for sent in facts.sent:
        if sent.at < signal or sent.within >= HURRY or sent.left == sent.at:
            continue
        token = _held(line, sent.at)
        if token and (refused.get(token) or inf) > sent.at:
            yield f"{sent.kind} at {sent.at:.2f} waited, with {token} in hand"
            return


def _held(line: SigningLine, now: float) -> str:
    """The token that a client has then, and may use for a while; or none."""
    tokens, held = line.mint.tokens, ""
    life = 2 * half_life(tokens)
    for asked in line.mint.asked:
        if not asked.granted or asked.came is None or asked.came > now:
            continue
        over = asked.at + max(life - MARGIN, life / 2)
        held = asked.granted if over > now + MARGIN / 4 else ""
    return held


def who_may_do_nothing_asks_for_few_tokens(facts: Facts) -> Iterator[str]:
    """It is no matter of tokens, and one new one for each kind of call shows it."""
    line = signing(facts)
    if line is None or facts.killed:
        return
    since, until = line.mint.tokens.forbidden
    mine = [
        one.at
        for one in of_the_run(facts, line)
        if one.granted and since <= one.at < until
    ]
    if not mine:
        return
    most = KINDS_OF_CALLS + (mine[-1] - since) / half_life(line.mint.tokens)
    most += len(line.mint.tokens.revocations) + (mine[-1] - since) / 30.0
    if line.mint.tokens.ends_after == 1.0 and len(mine) > most:
        yield f"{len(mine)} tokens in {mine[-1] - since:.0f} s"


def nobody_waits_for_a_token_that_nobody_asks_for(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    if line is None:
        return
    asks = [one.at for one in line.mint.asked]
    for sent in facts.sent:
        unsigned = isinstance(sent.reply, Fault) and sent.left is None
        if not unsigned or sent.came is None or sent.within < HURRY:
            continue
        if not any(sent.at - LONGEST_ASK <= at <= sent.came for at in asks):
            yield f"{sent.kind} at {sent.at:.1f}: {sent.reply}"
            return


def who_may_sign_in_gets_on(facts: Facts) -> Iterator[str]:
    """Where signing in never goes wrong, it is never what a run ends with."""
    line = signing(facts)
    slow = facts.played.schedule.latency[1] > 1.0
    if line is None or facts.killed or slow or not line.mint.tokens.calm:
        return
    if facts.signal is not None:
        return
    stayed = [sent for sent in facts.sent if sent.left is None and sent.came]
    # But a start, which is decided on anew, a stop, which is proven anew, and what had
    # no time left.
    for sent in stayed:
        if sent.kind not in ("start", "stop") and sent.within > 3.0:
            yield f"{sent.kind} at {sent.at:.1f} never left: {sent.reply}"
            return


def nothing_goes_wrong_while_signing(facts: Facts) -> Iterator[str]:
    line = signing(facts)
    if line is not None:
        yield from line.bugs


SIGN_INS: tuple[Invariant, ...] = (
    unauthorized_is_who_was_refused,
    a_wrong_secret_is_not_tried_for_long,
    no_call_leaves_with_a_token_that_was_told_to_end,
    a_token_that_was_refused_is_not_used_for_long,
    a_start_does_not_wait_for_a_token,
    tokens_are_asked_for_now_and_then,
    every_identity_is_exchanged_once,
    who_holds_a_token_and_is_in_a_hurry_does_not_wait,
    who_may_do_nothing_asks_for_few_tokens,
    nobody_waits_for_a_token_that_nobody_asks_for,
    who_may_sign_in_gets_on,
    nothing_goes_wrong_while_signing,
)
