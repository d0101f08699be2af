"""
A workspace with one pipeline, in virtual time.

Written for this simulation from the API's documentation and from nothing else, so that
it is a second opinion: updates are chains of legs (automatic restarts), a start while
one is active or pending is refused, a stop hits whatever is active.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from tests.sim.agenda import EPOCH, Agenda
from tests.sim.gates import CHECK, TABLE, failed_of, rows_of
from tests.sim.model import (
    PIPELINE,
    Chain,
    Flags,
    Leg,
    Obeys,
    StopSeen,
    Traits,
    Update,
    Who,
)
from tests.sim.times import iso

# How far events overtake each other on their way into the log, in seconds.
OUT_OF_ORDER = 5.0


class World:
    """The workspace: what is true in it, whatever anybody is told."""

    def __init__(self, agenda: Agenda, traits: Traits, name: str = "") -> None:
        self.pipeline_id = PIPELINE + name
        self.name = name  # of several pipelines, which
        self.agenda = agenda
        self.traits = traits
        self.updates: list[Update] = []
        self.chains: list[Chain] = []
        self.stops: list[StopSeen] = []
        self.deleted = False
        self.note: Callable[[str], None] = lambda _: None
        self.when_over: list[Callable[[Chain], None]] = []
        for number in range(traits.older):
            self._old(number)

    def _old(self, number: int) -> None:
        leg = Leg(steps=(), end="COMPLETED")
        cause = ("API_CALL", "JOB_TASK", "RETRY_ON_FAILURE")[number % 3]
        # Of two kinds, so that the newest is not always the last one of a kind.
        flags = Flags(full_refresh=number % 2 == 1)
        chain = self._chain(Who.OTHER, cause, (leg,), flags)
        age = -self.traits.age + 100.0 * number
        update = self._make(chain, leg, cause)
        update.created = update.visible = age
        update.state = '"COMPLETED"'
        update.history.append((age + 60.0, "COMPLETED"))
        self._batch(update, "RUNNING", 0)
        self._batch(update, "COMPLETED", 1)
        self._event(update, "update_progress", '{"state":"COMPLETED"}')
        chain.over = True

    @property
    def now(self) -> float:
        return self.agenda.now

    def clock(self) -> float:
        """The server's clock."""
        return EPOCH + self.now + self.traits.skew

    @property
    def active(self) -> Update | None:
        """The update that runs."""
        last = self.updates[-1] if self.updates else None
        if self.deleted or last is None or last.ended:
            return None
        return last

    @property
    def pending(self) -> Chain | None:
        """The chain that is about to be restarted."""
        last = self.updates[-1] if self.updates else None
        return last.chain if last is not None and last.chain.pending else None

    def start(
        self, who: Who, cause: str, legs: tuple[Leg, ...], flags: Flags
    ) -> Update | None:
        """Start an update; None where one is active or pending."""
        if self.deleted or self.active is not None or self.pending is not None:
            return None
        chain = self._chain(who, cause, legs, flags)
        return self._begin(chain, legs[0], cause)

    def stop(self, who: Who) -> None:
        """Stop whatever is active."""
        hit = self.active
        self.stops.append(StopSeen(self.now, who, hit))
        self.note(f"a stop by {who.value} hits {hit.update_id if hit else 'nothing'}")
        if hit is None or hit.asked_to_stop:
            return
        hit.heard_a_stop = True
        if hit.leg.obeys is Obeys.NEVER:
            return
        hit.asked_to_stop = True
        hit.chain.ended_by = who
        self._set(hit, '"STOPPING"')
        end = "COMPLETED" if hit.leg.obeys is Obeys.COMPLETES else "CANCELED"
        when = self.now + hit.leg.stop_seconds
        self.agenda.at(when, lambda: self._finish(hit, end))

    def cancel(self, chain: Chain) -> None:
        """Whoever started *chain* ends it: what runs of it, or is about to."""
        if chain.pending:
            chain.pending, chain.over = False, True
            for tell in self.when_over:
                tell(chain)
        elif self.active is not None and self.active.chain is chain:
            self.stop(Who.OTHER)

    def complete(self) -> None:
        """What is active completes in this moment."""
        active = self.active
        if active is not None:
            self._finish(active, "COMPLETED")

    def delete(self) -> None:
        """The pipeline is deleted, and what runs with it."""
        active = self.active
        self.deleted = True
        self.note("the pipeline is deleted")
        for chain in self.chains:
            chain.pending, chain.over = False, True
        if active is not None:
            active.state = '"CANCELED"'

    def _chain(
        self, who: Who, cause: str, legs: tuple[Leg, ...], flags: Flags
    ) -> Chain:
        request_id = f"r{len(self.chains):03d}"
        chain = Chain(
            who=who, cause=cause, legs=legs, flags=flags, request_id=request_id
        )
        self.chains.append(chain)
        return chain

    def _make(self, chain: Chain, leg: Leg, cause: str) -> Update:
        update = Update(
            update_id=f"u{len(self.updates):03d}-5af0{self.name}",
            number=len(self.updates),
            chain=chain,
            leg=leg,
            cause=cause,
            created=self.now,
            visible=self.now + self.traits.list_lag,
        )
        self.updates.append(update)
        chain.updates.append(update)
        return update

    def _begin(self, chain: Chain, leg: Leg, cause: str) -> Update:
        update = self._make(chain, leg, cause)
        self.note(f"{update.update_id} begins ({chain.who.value}, {cause})")
        attempts = sum(one.word == "FAILED" for one in chain.updates[:-1])
        self._event(
            update,
            "create_update",
            f'{{"cause":"{cause}","failed_attempts":{attempts}}}',
        )
        self._go(update, 0)
        return update

    def _go(self, update: Update, step: int) -> None:
        if update.asked_to_stop or update.ended:
            return
        if step == len(update.leg.steps):
            self._finish(update, update.leg.end)
            return
        state, seconds = update.leg.steps[step]
        self._set(update, state)
        if step == 0:
            self._batch(update, "RUNNING", 0)
        self.agenda.at(self.now + seconds, lambda: self._go(update, step + 1))

    def _set(self, update: Update, state: str, cause: str = "") -> None:
        update.state = state
        update.history.append((self.now, update.word))
        self.note(f"{update.update_id} is {update.word}")
        if state.startswith('"'):
            more = f',"cancellation_cause":"{cause}"' if cause else ""
            self._event(update, "update_progress", f'{{"state":{state}{more}}}')

    def _finish(self, update: Update, end: str) -> None:
        if update.ended or self.deleted:
            return
        chain = update.chain
        # Whoever was asked to stop and is canceled, for whatever reason, stays so.
        stopped = update.heard_a_stop and end == "CANCELED"
        if end == "COMPLETED":
            self._batch(update, end, 1)
        self._set(update, f'"{end}"', "USER_ACTION" if stopped else "")
        number = len(chain.updates)
        if end == "COMPLETED" or stopped or number == len(chain.legs):
            chain.over = True
            for tell in self.when_over:
                tell(chain)
            return
        chain.pending = True
        self.agenda.at(self.now + chain.legs[number].gap, lambda: self._restart(chain))

    def _restart(self, chain: Chain) -> None:
        if chain.over:
            return
        chain.pending = False
        leg = chain.legs[len(chain.updates)]
        self._begin(chain, leg, leg.cause)

    def _batch(self, update: Update, status: str, batch: int) -> None:
        """Write one of the two batches of an update into the one table."""
        rows = rows_of(update.number)[batch]
        failed = failed_of(update.number)[batch]
        check = (
            f'{{"name":"{CHECK}","dataset":"{TABLE}",'
            f'"passed_records":{rows - failed},"failed_records":{failed}}}'
        )
        self._event(
            update,
            "flow_progress",
            f'{{"status":"{status}","metrics":{{"num_output_rows":{rows}}},'
            f'"data_quality":{{"expectations":[{check}]}}}}',
            flow=TABLE,
        )

    def _event(
        self, update: Update, kind: str, details: str, *, flow: str = ""
    ) -> None:
        number = len(update.events)
        origin = f'"update_id":"{update.update_id}"'
        if flow:
            origin += f',"flow_name":"{flow}","dataset_name":"{flow}"'
        if self.traits.request_ids:
            origin += f',"request_id":"{update.chain.request_id}"'
        text = (
            f'{{"id":"{update.update_id}e{number}","timestamp":"{iso(self.clock())}",'
            f'"event_type":"{kind}","level":"INFO","origin":{{{origin}}},'
            f'"details":{{"{kind}":{details}}}}}'
        )
        update.events.append((self.now + self._lag_of(text), text))

    def _lag_of(self, event: str) -> float:
        """How late an event becomes visible: by one of three ways, so not in order."""
        lag, share = self.traits.log_lag, crc32(event.encode()) % 3 / 2
        return lag - share * min(lag, OUT_OF_ORDER)
