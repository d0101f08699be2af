"""D: the process, its signals and its files."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "D1",
        "a signal before the start",
        "gone within a second, and that nothing was started",
        (
            "tests/cli/test_signals.py::test_before_the_start_a_signal_starts_nothing",
            "tests/story/test_endings.py::test_a_signal_before_the_start_starts_nothing",
            "tests/kill/test_kill_points.py::test_killed_anywhere_it_tells_what_is_left",
        ),
    ),
    Row(
        "D2",
        "a signal while the start is under way",
        "a short look; a stop if it is provably ours, else that it may be running",
        (
            "tests/cli/test_signals.py::test_a_start_that_is_not_answered_in_time_is_told_to_be_unknown",
            "tests/story/test_endings.py::test_a_signal_during_the_start_waits_for_the_id_and_stops_that",
            "tests/core/test_stopping.py::test_a_signal_while_the_start_is_answered_stops_what_was_started",
            "tests/kill/test_kill_points.py::test_killed_anywhere_it_tells_what_is_left",
            "tests/story/test_lost_starts.py::test_a_signal_in_the_search_adopts_nothing_and_stops_nothing",
        ),
    ),
    Row(
        "D3",
        "a signal while it follows",
        "a confirmed stop, and out within seven seconds",
        (
            "tests/cli/test_signals.py::test_while_it_follows_a_signal_stops_the_update_once",
            "tests/cli/test_signals.py::test_whoever_leaves_is_gone_before_the_runner_kills",
            "tests/story/test_endings.py::test_a_signal_stops_our_update_and_leaves_in_time",
            "tests/kill/test_kill_points.py::test_killed_anywhere_it_tells_what_is_left",
            "tests/story/test_clocks.py::test_a_signal_while_a_stop_is_watched_leaves_without_a_second_stop",
        ),
    ),
    Row(
        "D4",
        "a second signal",
        "the leaving goes on and does not begin again",
        (
            "tests/cli/test_signals.py::test_further_signals_do_not_begin_the_leaving_again",
            "tests/core/test_stopping.py::test_a_second_signal_changes_nothing",
            "tests/kill/test_kill_points.py::test_killed_anywhere_it_tells_what_is_left",
        ),
    ),
    Row(
        "D5",
        "a signal between two tries",
        "it is not swallowed",
        (
            "tests/contract/test_house.py::test_no_retry_of_tenacity_decides_by_what_an_error_is_not",
            "tests/edge/test_workspace.py::test_a_signal_ends_the_call_and_the_pause_between_two",
            "tests/core/test_stopping.py::test_a_signal_ends_a_nap",
            "tests/core/test_launch.py::test_a_signal_between_two_tries_starts_nothing_and_waits_for_nothing",
        ),
    ),
    Row(
        "D6",
        "killed without a signal",
        "the update's id is in the outputs, and no verdict",
        (
            "tests/cli/test_signals.py::test_a_kill_leaves_the_id_of_the_update_and_no_verdict",
            "tests/reports/test_outputs.py::test_what_a_killed_step_leaves_behind_names_the_update_and_no_verdict",
            "tests/kill/test_kill_points.py::test_killed_anywhere_it_tells_what_is_left",
            "tests/story/test_state.py::test_pipeline_and_update_are_there_before_the_first_look_at_the_update",
            "tests/story/test_state.py::test_whatever_the_log_says_of_an_update_state_and_outputs_have_said_before",
        ),
    ),
    Row(
        "D7",
        "a stop that would hit somebody else's update",
        "it is not sent",
        (
            "tests/core/test_stopping.py::test_an_update_that_is_not_proven_to_be_active_is_never_stopped",
            "tests/core/test_stopping.py::test_a_stop_is_not_sent_again_once_somebody_elses_update_is_active",
            "tests/matrix/test_races.py::test_an_update_in_front_of_ours_in_the_queue_is_not_stopped",
            "tests/matrix/test_races.py::test_a_timeout_of_an_inferred_update_stops_nothing",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/story/test_clocks.py::test_a_stop_that_would_hit_whoever_is_ahead_in_the_queue_is_not_sent",
            "tests/story/test_rivals.py::test_what_is_attached_is_never_stopped",
            "tests/story/test_rivals.py::test_who_comes_after_the_replaced_one_is_a_conflict_and_not_stopped",
            "tests/story/test_lost_starts.py::test_what_is_inferred_is_never_stopped_and_never_owed",
        ),
    ),
    Row(
        "D8",
        "nobody reads the log, or it cannot be written",
        "the run goes on in silence, and its exit code is the verdict",
        (
            "tests/cli/test_streams.py::test_a_full_disk_under_the_log_changes_nothing",
            "tests/cli/test_streams.py::test_a_reader_that_is_gone_changes_nothing",
            "tests/cli/test_streams.py::test_a_log_that_was_never_open_changes_nothing",
            "tests/edge/test_writer.py::test_the_exit_code_is_ours_whatever_becomes_of_the_stream",
        ),
    ),
    Row(
        "D9",
        "the outputs cannot be written",
        "the verdict in the log, an exit code other than 0, and no half of a record",
        (
            "tests/edge/test_github.py::test_outputs_that_cannot_be_written_are_an_error_that_says_what_it_means",
            "tests/edge/test_github.py::test_a_record_that_was_torn_off_is_cut_away_again",
            "tests/cli/test_streams.py::test_outputs_that_vanish_in_the_middle_fail_the_step_at_its_end",
            "tests/cli/test_refusals.py::test_without_outputs_nothing_is_started",
            "tests/story/test_mishaps.py::test_outputs_that_vanish_fail_the_step_whatever_the_verdict",
            "tests/story/test_state.py::test_without_a_state_that_can_be_written_nothing_is_started",
        ),
    ),
    Row(
        "D10",
        "the summary cannot be written, or is too large",
        "a warning; a summary that ends between two blocks",
        (
            "tests/cli/test_refusals.py::test_a_summary_that_cannot_be_written_is_a_warning",
            "tests/edge/test_github.py::test_a_summary_is_cut_below_what_the_runner_takes",
            "tests/core/test_markdown.py::test_a_document_is_cut_between_blocks_and_says_so",
        ),
    ),
    Row(
        "D11",
        "no runner around it",
        "it works, and says in words what came of it",
        (
            "tests/edge/test_github.py::test_a_missing_variable_is_said_once_and_is_no_error",
            "tests/cli/test_refusals.py::test_outside_of_a_ci_it_says_in_words_what_came_of_it",
        ),
    ),
    Row(
        "D12",
        "a hundred thousand events",
        "a log that a person can read",
        (
            "tests/matrix/test_volume.py::test_a_hundred_thousand_events_are_all_read_and_are_a_few_lines",
            "tests/core/test_attempt.py::test_failures_without_end_are_not_told_without_end",
        ),
    ),
    Row(
        "D13",
        "a bug of ours, anywhere",
        "one line that says so, exit code 70, no traceback and nothing secret",
        (
            "tests/story/test_raise_anywhere.py::test_a_bug_in_any_function_has_an_honest_ending",
            "tests/story/test_raise_anywhere.py::test_a_bug_at_any_moment_has_an_honest_ending",
            "tests/story/test_raise_anywhere.py::test_a_bug_in_any_function_of_the_post_step_starts_and_tells_nothing",
            "tests/cli/test_streams.py::test_a_bug_of_ours_is_told_as_one",
            "tests/story/test_mishaps.py::test_a_bug_of_ours_does_not_lose_the_id_of_the_update",
        ),
    ),
    Row(
        "D14",
        "no memory, or no stack, left",
        "the same",
        (
            "tests/story/test_raise_anywhere.py::test_a_bug_at_any_moment_has_an_honest_ending",
        ),
    ),
    Row(
        "D15",
        "as the first process of a container, which no signal ends by itself",
        "the signals are kept before anything slow is imported",
        (
            "tests/contract/test_entrypoint.py::test_a_signal_during_the_imports_is_handed_over",
            "tests/container/test_signals.py::test_a_canceled_step_stops_its_update_and_is_gone_in_time",
            "tests/container/test_image.py::test_python_is_the_first_process_and_isolated",
        ),
    ),
    Row(
        "D16",
        "a shell between the runner and the program",
        "there is none",
        (
            "tests/container/test_image.py::test_python_is_the_first_process_and_isolated",
            "tests/contract/test_image_files.py::test_the_scripts_and_the_image_start_python_the_same_way",
        ),
    ),
)
