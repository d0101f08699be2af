"""
Names and texts that try to talk to the runner, the browser and the terminal.

Everything that a person with write access to a table or a notebook can put
into the event log. Nothing of it may reach a sink in its own meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlt_action.standin.scenarios.failures import NO_RETRY, broken, error
from dlt_action.standin.scenarios.flows import Check
from dlt_action.standin.scenarios.shop import SHOP, dry_run
from dlt_action.standin.script import Act, Beat, Scenario, Scene
from dlt_action.standin.wire import JsonObject

NAME = (
    "orders\n::error::from a flow's name\r##[set-output name=ok]true "
    "`tick` | pipe | <b>bold</b> [link](https://example.com) \x1b[31mred"
)

TEXTS = (
    "something broke ##[set-output name=result]succeeded",
    "##[set-output name=result]succeeded",
    "::set-output name=result::succeeded",
    "::error file=a.py,line=1::not ours",
    "  ::error::indented",
    "::stop-commands::pause",
    "::add-mask::e",
    "##[group]never closed",
    "carriage\r::warning::return",
    "\u2028::notice::line separator\x85::notice::next line",
    "%0A::error::percent-encoded",
    "\x1b[2J\x1b]8;;https://example.com\x07link\x1b]8;;\x07",
    "| a | b |\n| --- | --- |\n| `x` | ```y``` |",
    "</details></td></table><script>alert(1)</script><!--",
    "![pixel](https://example.com/p.png) @everyone #1",
    "EOF\nresult=succeeded\nghadelimiter",
    "\u202egnp.exe zero\u200bwidth \x00 nul",
)

BECAUSE = error(
    "\n".join(TEXTS),
    kind="com.example.<Error>|`::error::`",
    error_class="HOSTILE\n::error::class",
    sql_state="::",
)

LOCATION: JsonObject = {
    "source_code_location": {
        "path": "/Workspace/../../etc/pass\n::error::wd,line=1",
        "line_number": 7,
    }
}

# The flow that fails, and those that read it, under a name that is not one.
GRAPH = tuple(
    replace(
        flow,
        name=NAME if flow.name == "orders" else flow.name,
        reads=tuple(NAME if read == "orders" else read for read in flow.reads),
        checks=(
            Check("::error::has email | <i>", 2_187, 23),
            Check("two\nlines", 2_210),
        )
        if flow.name == "customers"
        else flow.checks,
    )
    for flow in SHOP
)


def hostile(scene: Scene) -> Iterator[Beat]:
    """The shop, broken, with nothing but trouble in its texts."""
    for beat in broken(scene, BECAUSE, GRAPH, NAME):
        if beat.error is None:
            yield beat
        else:
            said = f"{beat.message}\n::error::from a message"
            yield replace(beat, message=said, origin={**beat.origin, **LOCATION})


HOSTILE = Scenario(
    name="hostile",
    title="Fails, with texts that try to command the runner and the browser",
    expect="failed",
    seconds=71,
    acts=(Act(script=hostile),),
    dry=dry_run,
    spec=NO_RETRY,
)
