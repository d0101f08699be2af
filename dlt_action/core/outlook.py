"""
What to ask next about an update, and when: the state, its log, or both.

One call tells as much as two, as long as the log speaks: it shows how many flows are
left, and the end itself, a moment after the state does. But it may be late, or fall
silent, so the state is asked every few looks in its place, and whenever the log gives
cause. Only the state is the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto

from dlt_action.core.attempt import Following, is_before
from dlt_action.core.clocks import Clocks
from dlt_action.core.lastgood import LookBack
from dlt_action.core.logbook import Logbook
from dlt_action.core.model import FlowStatus
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import LooksPlainly
from dlt_action.core.pace import LAST, Allowance, Sight, look_again_after, pause_after
from dlt_action.core.plan import Plan
from dlt_action.core.trip import Trip

# So many looks at the state in a row may pass without the log, and so many seconds
# without the state.
MOST_WITHOUT_LOG = 3
LONGEST_WITHOUT_STATE = 60.0

# Where no more flows are left than that, both are asked: the state in place of the log
# would hide for a pause that the last one has ended.
FEW_LEFT = 2

# Statuses of flows that have yet to begin.
_WAITING = (FlowStatus.QUEUED, FlowStatus.PLANNING)

# What a dry run does last.
_PREPARING = (S.INITIALIZING, S.RESETTING, S.SETTING_UP_TABLES)

# After so many looks a log without any event is taken for one that has none.
FIRST_LOOKS = 6

# A log that is so many seconds behind the state is not relied on any more.
SLOW = 4.0

# So long after RUNNING its flows may not be in the log yet; seconds.
YOUNG = 30.0

# An update that is over by then is not worth a word on how it is looked at.
SECONDS_BEFORE_WORDS = 60.0


class Ask(Enum):
    """What a look asks for."""

    STATE = auto()
    LOG = auto()
    BOTH = auto()


class Outlook:
    """How near the end of the followed update is, as far as anybody can tell."""

    def __init__(
        self, trip: Trip, plan: Plan, behind: LookBack, over: Callable[[], bool]
    ) -> None:
        """
        Nothing is known yet, but for what lies *behind*.

        *over*: whether somebody else says that it has to be over.
        """
        self._over = over
        self._trip = trip
        self._plan = plan
        self._behind = behind
        self._allowance = Allowance(trip.now)
        self._told = False

    def turn(self, following: Following, clocks: Clocks) -> None:
        """Begin with *following*, and its *clocks*."""
        self._following = following
        self._clocks = clocks
        self._turned = self._trip.now
        self._looks = 0
        self._without_log = 0
        self._state_at = self._trip.now  # when it was asked for last
        self._sees = self._hears = True
        self._lags_since: float | None = None  # it does not tell what the state did
        self._is_slow = False  # it did not for long, so it may be so again
        self._left_off = self._trails = False
        self._runs_since: float | None = None
        self._saw_it_begin = False  # to run: else it may have run for long already
        self._counts: Mapping[FlowStatus, int] = {}  # flows, by what was last read
        self._left = 0
        self._moved = self._trip.now  # when fewer flows were left than before
        self._ends_since: float | None = None

    def ask(self) -> Ask:
        """What to ask for now."""
        trip, late = self._trip, self._trip.now >= self._clocks.rings_at
        if late or self._over() or trip.interrupted is not None:
            return Ask.BOTH
        if self._plan.until_running or self._left_off or not self._looks:
            return Ask.BOTH
        if self._without_log >= MOST_WITHOUT_LOG:
            return Ask.BOTH
        if self._lags_since is not None and not self._is_slow:
            return Ask.BOTH
        if self._is_late and 0 < self._left <= FEW_LEFT and not self._waits:
            return Ask.BOTH
        return Ask.STATE if self._state_says_more else Ask.LOG

    @property
    def _state_says_more(self) -> bool:
        """Whether the log alone would tell less, or what cannot be relied on."""
        if not self._sees or not self._hears or self._is_old or self._tells_strange:
            return True
        if self._is_late or self._ends_since is not None:
            return True
        if not self._following.tally.events and self._looks > FIRST_LOOKS:
            return True
        if self._runs_since is None or self._is_young:
            # By turns: the log says why it takes so long, and then what it will do.
            return not self._without_log
        return not self._counts

    def _is_over(self, status: FlowStatus) -> bool:
        """Whether a flow of that *status* has nothing to do any more."""
        last = self._following.last
        endless = last is not None and last.endless
        # A flow that runs once, and did so in an update before this one, is IDLE.
        return status.ended or (status is FlowStatus.IDLE and not endless)

    @property
    def _waits(self) -> bool:
        """Whether a flow has yet to begin: the end is at least that flow away."""
        return any(self._counts.get(status) for status in _WAITING)

    @property
    def _is_old(self) -> bool:
        """Whether what the log tells is too old to say how near the end is."""
        return self._is_slow or self._trails

    @property
    def _is_silent(self) -> bool:
        """Whether flows say nothing of the end, whatever is told of them."""
        last = self._following.last
        return self._is_old or self._is_dry or (last is not None and last.endless)

    @property
    def _is_late(self) -> bool:
        """Whether the state was not asked for since long ago."""
        return self._trip.now - self._state_at >= LONGEST_WITHOUT_STATE

    @property
    def _is_young(self) -> bool:
        """Whether flows may not have been told of yet."""
        since = self._runs_since
        if self._counts or since is None:
            return False
        return self._trip.now - since < YOUNG

    def asked_state(self, *, answered: bool) -> None:
        """Take that the state was asked for, and whether it was told."""
        self._looks += 1
        self._sees = answered
        self._state_at = self._trip.now
        self._without_log += 1
        self._see()
        self._spend()

    def asked_log(self, fresh: int | None, book: Logbook) -> None:
        """Take that the log was asked for; None: not all that there is was read."""
        self._looks += 1
        self._hears = fresh is not None
        self._mind_lag()
        self._left_off, self._trails = book.behind, book.trails
        self._without_log = 0
        self._see()
        self._spend()

    def _mind_lag(self) -> None:
        following, now = self._following, self._trip.now
        if not is_before(following.tally.last_state, following.state.value):
            self._lags_since = None
            return
        if self._lags_since is None:
            self._lags_since = now
        self._is_slow = self._is_slow or now - self._lags_since >= SLOW

    @property
    def calls_for_the_state(self) -> bool:
        """Whether what the log said, or did not say, is worth asking the state."""
        return S(self._following.tally.last_state).terminal or not self._hears

    @property
    def _tells_strange(self) -> bool:
        """Whether the log tells a state that only the state itself can explain."""
        told = self._following.tally.last_state
        return bool(told) and S(told) is S.UNRECOGNISED

    @property
    def _is_dry(self) -> bool:
        last = self._following.last
        told = last is not None and last.validate_only
        return self._plan.request.validate_only or told

    @property
    def _is_at_work(self) -> bool:
        """Whether it may end from now on: a dry run does, without ever RUNNING."""
        phase = self._following.phase
        return phase is S.RUNNING or (self._is_dry and phase in _PREPARING)

    def _see(self) -> None:
        following, now = self._following, self._trip.now
        counts = self._counts = following.tally.flow_counts()
        told = S(following.tally.last_state)
        left = sum(many for status, many in counts.items() if not self._is_over(status))
        if self._is_at_work and self._runs_since is None:
            self._runs_since = self._moved = now
            self._saw_it_begin = self._looks > 1
        if left < self._left:
            self._moved = now
        self._left = left
        ends = S.STOPPING in (told, following.state) or told.terminal
        if ends or (counts and not left and self._runs_since is not None):
            if self._ends_since is None:
                self._ends_since = now
        else:
            self._ends_since = None

    def pause(self) -> float:
        """Seconds until the next look."""
        sight, ceiling = self._sight(), self._plan.poll_ceiling
        if self._plan.until_running or not self._sees:
            # The end is not waited for, or the last look was not answered.
            pause = look_again_after(sight.since_start, ceiling=ceiling)
        else:
            pause = pause_after(sight, ceiling=ceiling, chance=self._trip.chance())
        if self._left_off:  # what is left of the log may tell of the end
            pause = min(pause, LAST.shortest)
        pause = max(pause, self._held_back(sight))
        self._say(sight, pause)
        rings_in = self._clocks.rings_at - self._trip.now
        if rings_in <= 0 and not self._sees:
            return pause  # it rings by a state alone that is told
        return max(min(pause, rings_in), 0.0)

    def _spend(self) -> None:
        if not self._sight().plain:
            self._allowance.spend(self._trip.now)

    def _held_back(self, sight: Sight) -> float:
        """Seconds that the allowance asks for: few where the end seems to be near."""
        rest, ceiling = self._allowance.rest, self._plan.poll_ceiling
        if sight.plain:
            return 0.0
        if sight.ending_for is not None:
            rest = min(rest, LAST.shortest)
        return rest if ceiling is None else min(rest, ceiling)

    def _sight(self) -> Sight:
        now, since, ends = self._trip.now, self._runs_since, self._ends_since
        runs_for = None if since is None else now - since
        return Sight(
            since_start=now - self._turned,
            runs_for=runs_for,
            flows=0 if self._is_silent else sum(self._counts.values()),
            left=self._left,
            waiting=self._waits,
            still_for=now - self._moved,
            ending_for=None if ends is None else now - ends,
            early=self._is_early(runs_for),
        )

    def _is_early(self, runs_for: float | None) -> bool:
        past = self._behind.past
        if past is None or runs_for is None or past.queue or not self._saw_it_begin:
            return False
        return runs_for < past.seconds / 2

    def _say(self, sight: Sight, pause: float) -> None:
        if self._told or not sight.plain or self._plan.until_running:
            return
        if sight.runs_for is None or sight.runs_for < SECONDS_BEFORE_WORDS:
            return
        self._told = True
        flows = sum(self._counts.values())
        self._trip.tell(LooksPlainly(pause, flows, behind=self._is_old))
