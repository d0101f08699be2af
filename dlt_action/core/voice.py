"""What a watch tells while it watches: states, progress, failures, oddities."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dlt_action.core.attempt import Following
from dlt_action.core.event import Event
from dlt_action.core.launched import Launched
from dlt_action.core.model import Attribution, FlowStatus, Update
from dlt_action.core.model import UpdateState as S
from dlt_action.core.news import Heartbeat, Noted, Started, StateSeen, Warned
from dlt_action.core.progress import Progress
from dlt_action.core.startings import INFERRED
from dlt_action.core.trip import Trip


class Voice:
    """Tells of the update that is followed, each thing once."""

    def __init__(
        self,
        trip: Trip,
        following: Following,
        progress: Progress,
        silent: Callable[[], float],
        *,
        ends: bool,
    ) -> None:
        """
        Tell of *following*; *ends*: it is waited for until it has ended.

        *silent*: for how many seconds there was no news of it.
        """
        self._silent = silent
        self.following = following
        self._progress = progress
        self._trip = trip
        self._ends = ends
        self._counts: Mapping[FlowStatus, int] = {}
        self._beaten: Mapping[FlowStatus, int] = {}  # what the last line counted
        self._strange: set[str] = set()
        self._endless_told = False
        trip.heart = self.heartbeat

    def begin(self, launched: Launched, url: str, *, alone: bool) -> None:
        """Tell of the update that is followed first; *alone*: by no job run."""
        how = launched.attribution
        self._trip.tell(
            Started(
                update_id=launched.update_id,
                url=url,
                attribution=how,
                by_task=not alone,
            )
        )
        if how is Attribution.INFERRED and alone:
            self._trip.tell(Warned(INFERRED))

    def events(self, events: list[Event]) -> None:
        """Tell of new events."""
        for news in self.following.took(events):
            self._trip.tell(news)
            if isinstance(news, StateSeen) and S(news.state) is S.UNRECOGNISED:
                self._note_strange(news.state)

    def _note_strange(self, state: str) -> None:
        if state not in self._strange:
            self._strange.add(state)
            self._trip.tell(
                Noted(
                    "The API reports a state that this version does not know;"
                    f" waiting in it: {state}"
                )
            )

    def state(self, seen: Update) -> None:
        """Tell of a state that was read."""
        self._progress.saw(seen)
        if seen.state is S.UNRECOGNISED:
            self._note_strange(seen.state_text)
        if seen.endless and self._ends and not self._endless_told:
            self._endless_told = True
            self._trip.tell(
                Warned(
                    "The update runs in continuous mode, so it does not complete by"
                    " itself: only the timeout, or somebody's stop, ends the wait."
                )
            )
        for news in self.following.looked(seen):
            self._trip.tell(news)

    def progress(self) -> None:
        """Tell how far it is, where that has changed."""
        self._progress.reached(self.following.phase)
        before, self._counts = self._counts, self.following.tally.flow_counts()
        if self._counts not in ({}, before):
            self._trip.beat_now()

    def heartbeat(self) -> Heartbeat:
        """How far it is, and what runs where that is as it was."""
        before, self._beaten = self._beaten, self.following.tally.flow_counts()
        stands = bool(before) and before == self._beaten
        goes_on = stands and not self.following.phase.terminal
        silent = self._silent() if goes_on else None
        return self._progress.beat(self.following, silent)
