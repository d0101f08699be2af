"""
Texts that nobody thought of: twenty thousand examples, mixed of what means something.

Several texts stand in one record, so that what one begins another may end.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlt_action.core.model import Result
from dlt_action.core.recording import WITHHELD
from dlt_action.core.rows import without_rows
from dlt_action.reports import comment, jsonreport, junit, summary
from tests.hostile import sinks
from tests.hostile.planting import Plant, log, planted, repeated
from tests.hostile.strings import LINE_ENDS, LONG, PAYLOADS
from tests.reports.hostile_records import hostile

SIGNS = [
    *"\\`*_~[](){}<>|#;:&@$%/.-+=!?^'\" \t\n\r1ax",
    *"\0\x1b\x7f\x9b\u200b\u202e\ud800\ufffe",
    *LINE_ENDS,
    *("```", "www.", "http://", "::", "##[", "]]>", "-->", "<!--", "</", "&#", "EOF"),
    *("error", "group", "set-output name=ok", "end", "click", "#quot;", "<<", "%0A"),
    *("</details>", "<code>", "</code>", "\n\n", "| --- |", "](", "javascript:"),
]
SHORT = [text for text in PAYLOADS if text not in LONG]
TEXTS = (
    st.lists(st.sampled_from(SIGNS), max_size=20).map("".join)
    | st.lists(st.sampled_from(SHORT), max_size=3).map("".join)
    | st.text(st.characters(exclude_categories=()), max_size=40)
    | st.tuples(st.sampled_from(SHORT), st.text(max_size=5)).map("".join)
)
# Hypothesis knows the words of our own source: what is withheld on purpose, as the name
# of a setting or as the quote of a row, is not what is looked for here.
KEPT = TEXTS.filter(lambda text: text not in WITHHELD and without_rows(text) == text)
PLANTS = st.lists(KEPT, min_size=1, max_size=5).map(lambda texts: repeated(*texts))
ONCE_FOR_EACH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
so_many = settings(
    max_examples=2500, deadline=None, suppress_health_check=ONCE_FOR_EACH
)


@so_many
@given(PLANTS)
def test_a_runner_obeys_what_was_meant(tmp_path: Path, plant: Plant) -> None:
    told = sinks.tell(planted(plant), tmp_path, sinks.LOG_ONLY)
    sinks.check_log(told.log)
    sinks.check_log(told.plain)
    sinks.check_commands(told)
    sinks.check_outputs(told.outputs)


@so_many
@given(TEXTS)
def test_a_runner_obeys_it_where_our_own_words_are_spoilt(
    tmp_path: Path, text: str
) -> None:
    told = sinks.tell(hostile(text), tmp_path, sinks.LOG_ONLY)
    sinks.check_log(told.log)
    sinks.check_commands(told)
    sinks.check_outputs(told.outputs)


@so_many
@given(PLANTS)
def test_a_step_summary_is_ours_and_its_pictures_are(plant: Plant) -> None:
    record = planted(plant)
    text = summary.render(record)
    sinks.check_markdown(text, record)
    sinks.check_pictures(text)


@so_many
@given(TEXTS)
def test_a_step_summary_is_ours_where_our_own_words_are_spoilt(text: str) -> None:
    record = hostile(text, Result.GATE_FAILED)
    rendered = summary.render(record)
    sinks.check_markdown(rendered, record)
    sinks.check_pictures(rendered)


@so_many
@given(PLANTS)
def test_a_comment_is_ours(plant: Plant) -> None:
    record = planted(plant)
    sinks.check_comment(comment.render(record), record)


@so_many
@given(PLANTS)
def test_a_reader_of_test_results_finds_the_cases(plant: Plant) -> None:
    record = planted(plant)
    sinks.check_junit(junit.render(record), record)


@so_many
@given(PLANTS)
def test_a_program_reads_what_was_sent(plant: Plant) -> None:
    record = planted(plant)
    sinks.check_json(jsonreport.render(record), record)


@so_many
@given(PLANTS)
def test_a_saved_event_is_one_line_that_says_the_same(plant: Plant) -> None:
    sinks.check_events(log(plant))


def test_there_are_twenty_thousand_examples() -> None:
    tests: list[Callable[..., None]] = [
        each for name, each in globals().items() if hasattr(each, "hypothesis")
    ]
    assert len(tests) * 2500 >= 20_000
