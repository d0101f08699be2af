"""What has to be known of the grid before one reads its numbers."""

from __future__ import annotations

from benchmarks.report import TIMES
from dlt_action.core.pace import PLAIN, Allowance

_ALLOWANCE = (
    f"{Allowance.AT_ONCE:g} calls at once and {Allowance.HOURLY:g} an hour, after"
    f" {Allowance.LONG / 3600:g} hours {Allowance.HOURLY_THEN:g}"
)

_MODEL = """\
Nothing here is a real pipeline: updates are made up, and followed in virtual time
with 0.2 s for each call. Ours is the product's own code; the others ask when their
sources say that they ask. *Fixed 5 s* is a loop that reads the update and pauses for
5 s. All follow the same updates.

**An update of the grid** lasts about as long as its median says: two of three are
within a factor of 1.6 of it. For about the first third, at most some minutes, it
queues and sets up. Then its flows run in three layers, one layer after the other, and
some flows take ten times as long as others. It ends 1 to 5 s after its last flow;
with a *short gap*, 0 to 0.5 s after it. Three of a hundred fail in their first half.
The event log is up to date, unless a row says something else.

**The numbers of the schedule were searched on this same model**, with other seeds
than these. So this says how it does where pipelines behave like that, and not that
yours do; the last table has some that do not."""

_COLUMNS = """\
**Columns.** *Calls*: the mean, from the start to the answer of GET update that shows
the end; *all*: to the end of the step. *In an hour*: the most in any hour of any of
the updates. *Mean*, *95 %* and *most*: how many seconds after the end of the update
that answer came. *Rest*: how long the step goes on after it, to read the rest of the
log and to ask once more (the median). *Over*: from the end of the update to that of
the step (the mean); that is longer than both together, because after a failed update
a step waits for one that Databricks may start by itself. The delays of others are
those of six times as many updates.

**Goals.** What was found is the worst ratio of all rows that a goal is about, of all
three medians. *Mean delay and the rest* is the column *rest* on top of the mean."""

_NO_GOALS = f"""\
**Why some have no goal.** Where nothing says how near the end is, who looks *n* times
in *T* seconds is *T* ÷ 2*n* late on average, whatever the rule: calls times delay are
at least half of the duration. The wait of the SDK is just there, so 0.35 {TIMES} its
delay for 1.4 {TIMES} its calls is half of what has to be paid without a hint; 1.5
{TIMES} the delay of the CLI's loop for 0.15 {TIMES} its calls is less than half. Only
the log gives a hint, and while a last flow runs it is silent: with one flow that is
all of the time, with three the last third and more. So these goals are for 5 to 100
flows. With one flow, the only hint is the gap after it; what is asked for there is to
be better than a look each 5 s for 1.4 {TIMES} its calls. A short gap is hardly a
hint, so what is asked for there is the delay alone."""

_BUDGET = f"""\
**A budget of calls that is not kept.** For each update, at most 450 calls in the
first hour and 260 in each hour after it were to do. That contradicts the goal that
95 % are seen earlier than by a look each 5 s, where a last flow runs for a third of an
hour or longer: there it takes a look each 5 s as well, which is 720 an hour. The
budget was tried on 150 updates with a median of 1 h. With 3 flows, the mean was 3.4 s
and 95 % were seen within 13.9 s, 2.8 {TIMES} a look each 5 s; with 20 flows 2.6 s and
13.1 s. Without it, it was 0.9 s and 2.7 s, and 1.0 s and 2.5 s.

So what holds instead is {_ALLOWANCE}. A pipeline of one flow is looked at each
{PLAIN.shortest:g} to {PLAIN.longest:g} s whatever that comes to. What is usual is in
the column *calls*, the most in the column *in an hour*."""

ABOUT = f"{_MODEL}\n\n{_COLUMNS}\n\n{_NO_GOALS}\n\n{_BUDGET}"
