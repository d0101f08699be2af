"""
The story: start pipeline updates, follow them to their real ends, report them.

`run` is the sentence; `finding` says which pipelines, `following` starts them and sees
them through, `driving` has the loop for that, and `teller` tells of it meanwhile.
"""

from __future__ import annotations

from dlt_action.core.owed import Owed
from dlt_action.core.record import Asked, Record
from dlt_action.debts import Debts
from dlt_action.errors import OutputsUnwritable
from dlt_action.finding import find
from dlt_action.reports import outputs
from dlt_action.reports.opening import opening
from dlt_action.settings.asking import owed_at_first, what_is_asked
from dlt_action.settings.model import Settings
from dlt_action.world import Desk, World


def run(settings: Settings, world: World) -> int:
    """
    Start pipeline updates, follow them to their real ends, judge them, report them.

    Returns the exit code. Raises `OutputsUnwritable` before anything is started.
    """
    asked, desk = what_is_asked(settings), world.desk
    debts = leave_behind(asked, settings, desk)
    desk.writer.say(opening(asked))
    plans, misfits = find(settings, world)
    from dlt_action.following import follow  # noqa: PLC0415 - see `import_the_rest`
    from dlt_action.publishing import publish  # noqa: PLC0415 - likewise

    if misfits:
        debts.owe([Owed(stop=False)])
        ended = misfits
    else:
        ended = follow(plans, settings, world, asked, debts)
    several = len(ended) > 1
    seconds = round(world.line.now() - world.began, 3) if several else None
    return publish(Record(asked, ended, seconds), settings.reporting, desk)


def import_the_rest() -> None:
    """
    Import what is needed once the pipelines are known: half of the program.

    It costs no time while the first answer is on its way (`edge.line`). And it is all
    of the rest: nothing is imported once an update may have been started, for what
    fails to be imported then (a file that is gone, no memory) would leave it behind.
    """
    from dlt_action import following, publishing  # noqa: F401, PLC0415 - see above


def leave_behind(asked: Asked, settings: Settings, desk: Desk) -> Debts:
    """Write what a step that is killed leaves behind. Raises `OutputsUnwritable`."""
    debts = Debts(desk)
    try:
        debts.write(owed_at_first(settings))
        desk.ci.outputs(outputs.unfinished(Record(asked)))
    except OutputsUnwritable as error:
        debts.owe([Owed(stop=False)])
        raise OutputsUnwritable(f"{error} Nothing was started.") from error
    return debts
