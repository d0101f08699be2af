"""E: texts that others wrote, in every place where they are shown."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "E1",
        "a command in a remote text, at the beginning of a line",
        "none is obeyed",
        (
            "tests/core/test_text.py::test_no_hostile_text_is_a_command_when_neutral",
            "tests/core/test_text.py::test_no_text_at_all_is_a_command_when_neutral",
            "tests/edge/test_writer.py::test_whatever_is_said_gives_no_command",
            "tests/cli/test_endings.py::test_the_runner_finds_the_commands_that_were_meant_and_no_others",
            "tests/hostile/test_sinks.py::test_no_string_is_obeyed_in_any_place",
            "tests/hostile/test_any_text.py::test_a_runner_obeys_what_was_meant",
        ),
    ),
    Row(
        "E2",
        "a command of the old form, anywhere in a line",
        "none is obeyed",
        (
            "tests/core/test_text.py::test_no_hostile_text_is_a_command_when_neutral",
            "tests/core/test_text.py::test_cutting_a_neutral_text_does_not_make_a_command_of_it",
            "tests/story/test_following.py::test_hostile_text_puts_no_command_into_the_log",
            "tests/cli/test_endings.py::test_hostile_texts_forge_no_output",
        ),
    ),
    Row(
        "E3",
        "line ends of every kind",
        "one line of the log for one record",
        (
            "tests/core/test_text.py::test_one_line_joins_lines_with_one_blank",
            "tests/core/test_text.py::test_what_cannot_be_seen_is_never_in_a_line",
            "tests/edge/test_writer.py::test_a_block_stands_behind_a_margin",
        ),
    ),
    Row(
        "E4",
        "codes of a terminal",
        "they are shown as text",
        (
            "tests/core/test_text.py::test_what_cannot_be_seen_is_spelled_out",
            "tests/core/test_text.py::test_visible_keeps_letters_and_lines_and_spells_the_rest",
        ),
    ),
    Row(
        "E5",
        "letters that turn the direction or have no width",
        "they are spelled out",
        (
            "tests/core/test_text.py::test_what_cannot_be_seen_is_spelled_out",
            "tests/reports/test_annotations.py::test_titles_are_one_line_and_nothing_is_unseen",
        ),
    ),
    Row(
        "E6",
        "half a surrogate",
        "it is spelled out, and nothing breaks",
        (
            "tests/edge/test_writer.py::test_characters_that_the_stream_cannot_write_are_spelled_out",
            "tests/edge/test_files.py::test_a_text_that_is_no_unicode_is_written_all_the_same",
        ),
    ),
    Row(
        "E7",
        "signs that mean something in an annotation",
        "they come back as they were",
        (
            "tests/core/test_text.py::test_data_and_properties_come_back_from_the_runner_as_they_were",
            "tests/edge/test_writer.py::test_hostile_data_stays_data",
        ),
    ),
    Row(
        "E8",
        "an output that looks like the end of an output",
        "the exact value, and no other key",
        (
            "tests/edge/test_github.py::test_outputs_arrive_byte_for_byte_and_nothing_else_does",
            "tests/edge/test_github.py::test_a_value_that_holds_its_delimiter_is_refused",
        ),
    ),
    Row(
        "E9",
        "Markdown and HTML in a remote text",
        "it is read as itself; all links are ours",
        (
            "tests/core/test_markdown.py::test_no_text_makes_an_element",
            "tests/reports/test_summary.py::test_no_remote_text_becomes_a_link_an_element_or_a_quote",
            "tests/reports/test_summary.py::test_all_links_lead_to_the_workspace",
            "tests/hostile/test_any_text.py::test_a_comment_is_ours",
        ),
    ),
    Row(
        "E10",
        "signs that mean something in a diagram",
        "labels that are nothing but labels",
        (
            "tests/core/test_mermaid.py::test_no_label_is_obeyed_and_each_is_read_as_it_was_written",
            "tests/core/test_mermaid.py::test_no_text_at_all_is",
            "tests/hostile/test_any_text.py::test_a_step_summary_is_ours_and_its_pictures_are",
        ),
    ),
    Row(
        "E11",
        "an id that is no id",
        "it is refused before it gets into an address",
        (
            "tests/core/test_model.py::test_nothing_else_is_an_id",
            "tests/core/test_wire.py::test_what_cannot_be_an_id_is_none",
            "tests/core/test_calls.py::test_a_name_is_quoted_for_the_filter",
        ),
    ),
    Row(
        "E12",
        "texts of a server or of a proxy in headers and errors",
        "short, and on one line",
        (
            "tests/core/test_exchange.py::test_a_redirect_of_any_length_is_a_short_reason",
            "tests/core/test_exchange.py::test_a_content_type_cannot_smuggle_lines_into_the_reason",
            "tests/core/test_exchange.py::test_the_reason_of_a_refusal_is_short_however_much_the_server_says",
            "tests/core/test_exchange.py::test_a_request_id_is_one_short_line",
        ),
    ),
    Row(
        "E13",
        "lines that matchers of earlier steps take for tracebacks",
        "none of ours looks like one",
        ("tests/core/test_text.py::test_no_line_looks_like_a_frame_of_a_traceback",),
    ),
)
