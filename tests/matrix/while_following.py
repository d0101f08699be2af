"""B: while an update is followed."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "B1",
        "a read fails, in bursts, for up to a quarter of an hour",
        "no effect on the verdict; a line when it goes and one when it is back",
        (
            "tests/story/test_following.py::test_an_outage_of_ten_minutes_changes_nothing_but_two_lines",
            "tests/core/test_trip.py::test_one_lost_call_is_everyday_life",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B2",
        "the API stays away for longer than the grace",
        "`unreachable`, and that the update may still be running; never `failed`",
        (
            "tests/story/test_following.py::test_an_outage_beyond_the_grace_is_no_verdict_about_the_update",
            "tests/core/test_trip.py::test_an_outage_that_outlasts_the_grace_is_unreachable_and_never_failed",
        ),
    ),
    Row(
        "B3",
        "an hour of 429",
        "few calls, the hint heeded, the right verdict",
        (
            "tests/story/test_following.py::test_a_storm_of_429_is_waited_out_and_is_no_outage",
            "tests/core/test_trip.py::test_an_hour_of_429_costs_few_calls_and_heeds_the_hint",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B4",
        "a `Retry-After` that makes no sense",
        "it is clamped or ignored, and nobody sleeps for a day",
        (
            "tests/core/test_exchange.py::test_retry_after_is_clamped_or_ignored",
            "tests/core/test_exchange.py::test_no_retry_after_at_all_is_longer_than_two_minutes",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B5",
        "an answer that drips",
        "it is given up in time and asked for again",
        (
            "tests/edge/test_dripping.py::test_a_call_is_given_up_in_time_and_the_next_one_has_a_worker",
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
        ),
    ),
    Row(
        "B6",
        "an answer without end, or one that unpacks to that",
        "it is cut, and less is asked for the next time",
        (
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/core/test_watch.py::test_a_page_that_is_too_large_is_asked_for_in_smaller_ones",
            "tests/core/test_eventlog.py::test_an_oversized_page_shrinks_the_next_ones_though_it_came_by_token",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B7",
        "an answer that is no JSON of the API",
        "it is asked for again, and in the end told as something that is not the API",
        (
            "tests/core/test_wire.py::test_no_json_at_all_raises",
            "tests/core/test_wire.py::test_an_answer_with_any_key_twice_is_no_answer",
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/core/test_verdicts.py::test_something_that_answers_and_is_not_the_api_is_told_as_that",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B8",
        "a login page under a 200",
        "no success; a page instead of the API is told as that",
        (
            "tests/core/test_exchange.py::test_a_login_page_is_told_by_its_type_and_not_by_its_text",
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B9",
        "a redirect to another host",
        "it is never followed, and the token stays here",
        (
            "tests/edge/test_wire_faults.py::test_a_redirect_is_not_followed_and_carries_nothing_away",
            "tests/edge/test_trust.py::test_the_token_goes_nowhere_else",
            "tests/contract/test_house.py::test_no_redirect_is_followed",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B10",
        "a page token of the log is refused",
        "the read begins anew; nothing is lost and nothing told twice",
        (
            "tests/core/test_watch.py::test_a_refused_page_token_costs_no_event",
            "tests/core/test_watch.py::test_a_log_that_refuses_each_token_is_not_asked_for_ever",
            "tests/core/test_eventlog.py::test_a_refused_token_is_dropped_and_the_read_begins_again",
        ),
    ),
    Row(
        "B11",
        "events twice, out of order, or of one millisecond",
        "each is told once, in order",
        (
            "tests/core/test_eventlog.py::test_in_any_order_of_visibility_and_by_any_clock_each_event_comes_exactly_once",
            "tests/core/test_eventlog.py::test_events_of_one_millisecond_are_all_new_and_in_their_sequence",
        ),
    ),
    Row(
        "B12",
        "the log cannot be read while the state can",
        "the verdict as ever, and one line about the log",
        (
            "tests/story/test_following.py::test_an_event_log_that_cannot_be_read_does_not_change_the_verdict",
            "tests/core/test_watch.py::test_the_log_failing_never_ends_the_watch",
        ),
    ),
    Row(
        "B13",
        "pages that never end",
        "the read ends all the same",
        (
            "tests/core/test_eventlog.py::test_tokens_in_a_circle_end_the_read",
            "tests/core/test_eventlog.py::test_a_read_whose_tokens_never_end_is_ended",
            "tests/core/test_eventlog.py::test_the_same_token_again_ends_the_read",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "B14",
        "a state that nobody knows, or none",
        "it is waited in and told once; never a success",
        (
            "tests/story/test_following.py::test_an_unknown_state_is_waited_in_and_told_once",
            "tests/core/test_watch.py::test_only_the_word_completed_opens_the_gate",
            "tests/core/test_wire.py::test_a_state_that_cannot_be_named_is_not_an_end",
        ),
    ),
    Row(
        "B15",
        "answers with more, less or other fields",
        "what is not understood is not there, and nothing ends by it",
        (
            "tests/core/test_wire.py::test_no_mutant_of_an_answer_raises",
            "tests/core/test_wire.py::test_no_mutant_of_an_answer_completes_an_update",
            "tests/hostile/test_event_mutants.py::test_no_mutant_of_an_event_breaks_anything_or_makes_anything_up",
            "tests/hostile/test_answer_mutants.py::test_no_answer_that_is_changed_is_a_crash_or_a_success",
        ),
    ),
    Row(
        "B16",
        "an end that is taken back, or told by a list alone",
        "only our update asked for by its id ends, and only when read twice",
        (
            "tests/core/test_watch.py::test_an_end_is_believed_when_it_was_read_twice",
            "tests/core/test_watch.py::test_an_end_that_cannot_be_confirmed_is_asked_for_again",
            "tests/core/test_watch.py::test_states_that_come_and_go_are_waited_in",
        ),
    ),
    Row(
        "B17",
        "the update fails and the platform tries again",
        "the verdict of the last attempt, all of them listed, and a stop for ours only",
        (
            "tests/story/test_endings.py::test_a_retry_that_succeeds_is_a_success_of_two_attempts",
            "tests/core/test_successors.py::test_a_chain_is_followed_to_its_failing_end",
            "tests/core/test_stopping.py::test_a_stop_between_two_attempts_waits_for_the_successor_and_stops_that",
            "tests/core/test_successors.py::test_a_retry_of_another_request_is_not_ours",
        ),
    ),
    Row(
        "B18",
        "somebody starts another update after ours ended",
        "the verdict on ours",
        (
            "tests/matrix/test_meddling.py::test_somebody_elses_update_after_ours_is_never_looked_at",
            "tests/core/test_successors.py::test_somebody_elses_later_update_is_never_ours",
            "tests/core/test_watch.py::test_somebody_elses_update_is_never_looked_at",
        ),
    ),
    Row(
        "B19",
        "a person stops our update",
        "`canceled` at once: no restart is waited for",
        (
            "tests/story/test_endings.py::test_what_a_person_cancels_is_canceled_at_once",
            "tests/matrix/test_meddling.py::test_a_person_who_stops_our_update_ends_the_run_at_once",
            "tests/core/test_tally.py::test_who_canceled_is_remembered",
        ),
    ),
    Row(
        "B20",
        "the pipeline is deleted in the middle",
        "`gone`, once it was not there for a minute",
        (
            "tests/core/test_watch.py::test_an_update_that_disappears_for_a_minute_is_gone",
            "tests/core/test_refusals.py::test_a_disappearance_is_believed_the_third_time_after_a_minute",
        ),
    ),
    Row(
        "B21",
        "the pipeline is edited in the middle, or made continuous",
        "a warning that it will not complete; refused at the start unless asked for",
        (
            "tests/matrix/test_meddling.py::test_a_pipeline_that_becomes_continuous_is_warned_about",
            "tests/matrix/test_meddling.py::test_a_pipeline_that_is_renamed_in_the_middle_changes_no_verdict",
            "tests/story/test_endings.py::test_a_continuous_pipeline_is_refused_at_once_with_the_way_out",
        ),
    ),
    Row(
        "B22",
        "the update is QUEUED, or waits for resources, for hours",
        "a line every minute with state and age; in the end a timeout",
        (
            "tests/story/test_following.py::test_while_nothing_happens_a_line_comes_every_minute",
            "tests/story/test_endings.py::test_each_scenario_comes_to_the_end_that_it_promises",
            "tests/matrix/test_races.py::test_an_update_in_front_of_ours_in_the_queue_is_not_stopped",
            "tests/story/test_clocks.py::test_the_queue_timeout_stops_what_is_queued_for_ever",
            "tests/story/test_clocks.py::test_the_stall_timeout_stops_what_has_fallen_silent",
        ),
    ),
    Row(
        "B23",
        "the clock on the wall jumps",
        "nothing changes",
        (
            "tests/matrix/test_clocks.py::test_a_clock_on_the_wall_that_jumps_changes_nothing",
            "tests/contract/test_house.py::test_no_duration_is_measured_on_the_wall_clock",
        ),
    ),
    Row(
        "B24",
        "the machine is paused for half an hour",
        "the run goes on; the pause counts towards the timeout",
        (
            "tests/matrix/test_clocks.py::test_half_an_hour_in_which_the_machine_was_paused_is_gone_on_from",
            "tests/matrix/test_clocks.py::test_a_pause_counts_towards_the_timeout",
            "tests/matrix/test_places.py::test_a_process_that_was_paused_goes_on",
            "tests/core/test_trip.py::test_time_that_passed_unnoticed_is_a_timeout_all_the_same",
        ),
    ),
    Row(
        "B25",
        "the workspace's clock is wrong by ten minutes",
        "ids decide and no times; nothing is missed",
        (
            "tests/matrix/test_clocks.py::test_a_workspace_whose_clock_is_wrong_is_followed_all_the_same",
            "tests/matrix/test_clocks.py::test_a_lost_start_is_found_by_the_clock_of_the_workspace",
            "tests/core/test_eventlog.py::test_clocks_that_are_ahead_do_not_hide_what_comes_after",
            "tests/story/test_lost_starts.py::test_without_a_date_the_window_is_wide_enough_to_adopt",
        ),
    ),
    Row(
        "B26",
        "a selection names what is no dataset, and the update completes all the same",
        "a warning by name, with what may be meant; and that nothing ran, if so",
        (
            "tests/story/test_gate.py::test_a_selection_that_names_nothing_is_told_with_what_may_be_meant",
            "tests/story/test_gate.py::test_of_two_names_the_wrong_one_is_told_without_a_gate_as_well",
            "tests/story/test_gate.py::test_a_selection_of_a_job_run_that_names_nothing_is_told_too",
            "tests/core/test_selection.py::test_a_log_that_does_not_name_all_there_is_accuses_nobody",
        ),
    ),
)
