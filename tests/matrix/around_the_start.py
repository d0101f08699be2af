"""A: around the start of an update."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "A1",
        "the connection is refused",
        "half a minute of tries, then `unreachable`, and that nothing was started",
        (
            "tests/edge/test_wire_faults.py::test_a_refused_connection_proves_that_nothing_happened",
            "tests/core/test_launch.py::test_a_start_that_does_not_arrive_for_half_a_minute_is_given_up",
            "tests/story/test_endings.py::test_an_api_that_cannot_be_reached_is_told_within_the_minute",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A2",
        "the host's name is not known",
        "the same, and that the name could not be resolved",
        (
            "tests/edge/test_wire_faults.py::test_a_name_that_nobody_knows_proves_that_nothing_happened",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A3",
        "the resolver is silent",
        "no try waits for it for longer than a connection may take",
        ("tests/container/test_image.py::test_a_dead_resolver_is_given_up_on_soon",),
    ),
    Row(
        "A4",
        "connecting takes for ever",
        "a try that was not executed, and another one",
        (
            "tests/core/test_exchange.py::test_only_a_fault_before_sending_proves_that_nothing_happened",
            "tests/core/test_launch.py::test_a_start_that_provably_did_not_arrive_is_sent_again",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A5",
        "the certificate is not to be trusted",
        "no second try; one error that names the cause and `ca-bundle`",
        (
            "tests/edge/test_wire_faults.py::test_a_certificate_that_does_not_fit_stops_the_request",
            "tests/edge/test_wire_faults.py::test_an_authority_that_nobody_knows_stops_the_request",
            "tests/edge/test_wire_faults.py::test_who_speaks_no_tls_of_ours_was_sent_nothing",
            "tests/story/test_endings.py::test_a_certificate_that_is_not_trusted_is_told_at_once",
            "tests/cli/test_refusals.py::test_a_workspace_that_cannot_be_trusted_is_told_at_once",
        ),
    ),
    Row(
        "A6",
        "a proxy refuses to connect",
        "not executed, and that it was the proxy; its password is told nowhere",
        (
            "tests/edge/test_wire_faults.py::test_a_proxy_that_refuses_lets_nothing_through",
            "tests/edge/test_wire_faults.py::test_a_proxy_that_is_not_there_lets_nothing_through",
            "tests/cli/test_surroundings.py::test_a_proxy_for_https_sees_neither_the_token_nor_what_is_asked",
        ),
    ),
    Row(
        "A7",
        "no answer in time, but the update started",
        "one update, found by reading and followed as inferred",
        (
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/matrix/test_races.py::test_a_start_whose_answer_is_lost_is_found_in_a_list_that_lags",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/edge/conformance/test_classification.py::test_what_the_server_has_done_is_not_called_not_executed",
            "tests/story/test_lost_starts.py::test_ten_seconds_in_which_the_list_is_behind_change_nothing",
        ),
    ),
    Row(
        "A8",
        "the connection breaks before the answer, but the update started",
        "the same",
        (
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/edge/test_wire_faults.py::test_a_kept_connection_that_breaks_under_a_request_proves_nothing",
            "tests/matrix/test_races.py::test_a_start_whose_answer_is_lost_is_found_in_a_list_that_lags",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/edge/conformance/test_classification.py::test_what_the_server_has_done_is_not_called_not_executed",
        ),
    ),
    Row(
        "A9",
        "a 200 that is cut, empty, a page, or without an id, but the update started",
        "the same",
        (
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/core/test_exchange.py::test_a_2xx_without_a_json_object_is_ambiguous",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/edge/conformance/test_classification.py::test_what_the_server_has_done_is_not_called_not_executed",
        ),
    ),
    Row(
        "A10",
        "a 5xx after the update started",
        "the same: a 503 is no proof that nothing happened",
        (
            "tests/edge/test_wire_faults.py::test_a_fault_on_the_wire_proves_no_more_than_it_does",
            "tests/core/test_exchange.py::test_whatever_may_have_been_executed_is_ambiguous",
            "tests/story/test_lost_starts.py::test_the_one_update_that_can_be_ours_is_adopted_and_judged",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/edge/conformance/test_classification.py::test_what_the_server_has_done_is_not_called_not_executed",
        ),
    ),
    Row(
        "A11",
        "the same faults, and nothing started",
        "`unknown-start` after a minute of reads, and when it is safe to run again",
        (
            "tests/matrix/test_races.py::test_a_start_that_never_landed_is_unknown_and_said_to_be_safe_once_idle",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/story/test_lost_starts.py::test_a_start_that_left_no_trace_for_a_minute_is_unknown",
        ),
    ),
    Row(
        "A12",
        "what was sent takes effect minutes later",
        "never a second start, and nothing claimed that may be another's",
        (
            "tests/matrix/test_races.py::test_a_start_that_lands_late_is_never_sent_again",
        ),
    ),
    Row(
        "A13",
        "a kept connection is gone when the start is sent",
        "a start goes on a connection of its own",
        (
            "tests/edge/test_wire_faults.py::test_a_start_does_not_go_on_a_connection_that_may_be_gone",
            "tests/core/test_launch.py::test_the_start_goes_on_a_fresh_connection_and_gets_time_after_a_signal",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A14",
        "the start is redirected",
        "it is not followed, and of where it points only the host is told",
        (
            "tests/edge/test_wire_faults.py::test_a_redirect_is_not_followed_and_carries_nothing_away",
            "tests/core/test_exchange.py::test_a_redirect_is_not_executed_and_names_the_host_only",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A15",
        "somebody else's update is active",
        "`conflict`, with its id, link, cause and age; or as `if-active` says",
        (
            "tests/story/test_endings.py::test_an_active_update_is_named_with_cause_and_link_and_nothing_is_sent",
            "tests/core/test_launch.py::test_a_conflict_names_the_active_update_its_age_its_cause_and_its_link",
            "tests/cli/test_refusals.py::test_an_active_update_of_somebody_else_is_a_conflict",
            "tests/story/test_rivals.py::test_fail_is_a_conflict_that_names_the_rival_its_age_and_the_other_policies",
            "tests/story/test_rivals.py::test_wait_starts_only_after_the_rival_has_ended",
            "tests/story/test_rivals.py::test_attach_follows_the_rival_to_its_end_and_starts_nothing",
            "tests/story/test_rivals.py::test_replace_stops_the_rival_once_and_starts_after_its_end",
        ),
    ),
    Row(
        "A16",
        "a conflict after a start that may have arrived",
        "none: such a start is never followed by another; a bare 409 is looked into",
        (
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/story/test_lost_starts.py::test_a_rival_that_came_between_two_tries_is_a_conflict_and_not_adopted",
        ),
    ),
    Row(
        "A17",
        "two runs at once: one answer lost, the other's start accepted",
        "no verdict of the other's is told as ours for certain",
        (
            "tests/matrix/test_races.py::test_a_rival_of_the_same_moment_is_at_most_inferred_and_never_stopped",
            "tests/matrix/test_races.py::test_two_updates_that_may_be_ours_are_none",
            "tests/story/test_lost_starts.py::test_two_updates_that_can_be_ours_are_both_named_and_none_is_followed",
            "tests/story/test_lost_starts.py::test_somebody_elses_update_of_the_same_seconds_is_not_taken_for_ours",
        ),
    ),
    Row(
        "A18",
        "the start is throttled",
        "a wait as long as asked for, within bounds, then another try",
        (
            "tests/story/test_endings.py::test_a_start_that_was_throttled_is_sent_again",
            "tests/core/test_launch.py::test_a_throttled_start_is_no_outage_and_has_an_end_of_its_own",
            "tests/core/test_exchange.py::test_retry_after_is_clamped_or_ignored",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A19",
        "the API does not take what was asked for",
        "one request, and the server's words",
        (
            "tests/core/test_launch.py::test_a_refusal_before_the_start_is_told_with_the_servers_words",
            "tests/core/test_exchange.py::test_a_4xx_that_says_why_is_a_refusal",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "A20",
        "no such pipeline, or no right to run it",
        "the id, and that a wrong id and a missing right look alike",
        (
            "tests/story/test_endings.py::test_an_id_that_nobody_knows_is_unauthorized_and_may_be_mistyped",
            "tests/story/test_endings.py::test_a_pipeline_that_was_deleted_is_misconfigured",
            "tests/cli/test_refusals.py::test_a_mistyped_id_is_told_to_look_like_a_missing_permission",
            "tests/matrix/test_meddling.py::test_a_right_that_is_taken_before_the_start_is_named_and_not_tried_again",
        ),
    ),
    Row(
        "A21",
        "the pipeline is deleted just before the start",
        "the same, after one start that was refused",
        (
            "tests/matrix/test_meddling.py::test_a_pipeline_that_is_deleted_before_the_start_is_named_and_not_tried_again",
        ),
    ),
    Row(
        "A22",
        "the list stays away after a lost start",
        "`unknown-start` after the grace, never a failure and never a second start",
        (
            "tests/matrix/test_meddling.py::test_a_list_that_stays_away_after_a_lost_start_leaves_the_start_unknown",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
            "tests/story/test_lost_starts.py::test_a_list_that_cannot_be_read_is_tried_for_as_long_as_an_outage_is_borne",
            "tests/story/test_lost_starts.py::test_a_list_that_comes_back_within_the_grace_still_finds_ours",
        ),
    ),
    Row(
        "A23",
        "the job is run again while its first update still runs",
        "the policy for active updates, with that update's id",
        (
            "tests/matrix/test_meddling.py::test_the_update_of_an_earlier_attempt_of_the_job_is_a_conflict_with_its_id",
            "tests/story/test_rivals.py::test_a_second_attempt_of_the_workflow_is_told_what_the_first_may_have_left",
        ),
    ),
)
