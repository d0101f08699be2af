"""C: signing in, and staying signed in."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "C1",
        "the token ends in the middle of the run",
        "it was replaced before; a 401 or 403 is no end by itself",
        (
            "tests/story/test_tokens.py::test_six_hours_need_few_tokens_and_none_of_them_is_ever_refused",
            "tests/story/test_tokens.py::test_six_hours_of_outages_and_revocations_come_to_a_good_end",
            "tests/story/test_tokens.py::test_a_token_that_ends_long_before_it_was_told_to_is_replaced_each_time",
            "tests/core/signin/test_denials.py::test_a_token_that_was_good_is_replaced_once_and_a_read_made_again",
            "tests/cli/test_signin.py::test_a_renewal_takes_a_fresh_identity_and_asks_for_no_document_again",
        ),
    ),
    Row(
        "C2",
        "no new token is to be had for a while",
        "the old one as long as it lasts, then an outage: nobody has said no",
        (
            "tests/story/test_tokens.py::test_four_minutes_without_a_token_endpoint_are_ridden_out_whenever_they_come",
            "tests/story/test_tokens.py::test_a_token_endpoint_that_stays_away_is_an_outage_and_no_refusal",
            "tests/core/signin/test_keeping.py::test_a_credential_that_lapses_in_an_outage_is_an_outage_and_no_refusal",
        ),
    ),
    Row(
        "C3",
        "a permission is taken in the middle",
        "`unauthorized`: access was lost, and the update may still be running",
        (
            "tests/story/test_following.py::test_lost_access_in_the_middle_is_told_as_that",
            "tests/matrix/test_meddling.py::test_a_pipeline_that_becomes_forbidden_is_lost_access_and_no_verdict",
            "tests/matrix/test_meddling.py::test_access_that_comes_back_within_seconds_was_never_lost",
            "tests/core/test_refusals.py::test_lost_access_is_believed_the_second_time_after_five_seconds",
        ),
    ),
    Row(
        "C4",
        "the token is wrong or revoked",
        "`unauthorized` at once, without hammering",
        (
            "tests/cli/test_refusals.py::test_a_wrong_token_is_told_and_not_shown",
            "tests/edge/test_workspace.py::test_what_will_not_change_is_told_at_once",
            "tests/edge/conformance/test_conformance.py::test_a_fault_has_the_consequence_that_it_must_have",
        ),
    ),
    Row(
        "C5",
        "the job may not ask for an identity",
        "the permission that it needs, by its name",
        (
            "tests/cli/test_not_signed_in.py::test_what_is_wrong_is_told_in_words_that_help",
            "tests/settings/test_nowhere.py::test_an_id_alone_on_github_is_answered_by_the_permission",
            "tests/settings/test_nowhere.py::test_asking_for_githubs_identity_without_the_permission_shows_it",
            "tests/container/test_signin.py::test_a_job_without_the_permission_is_told_what_to_write",
        ),
    ),
    Row(
        "C6",
        "the identity of a long job cannot be had any more",
        "`unauthorized`, with the cause",
        (
            "tests/cli/test_not_signed_in.py::test_what_is_wrong_is_told_in_words_that_help",
            "tests/core/signin/test_identities.py::test_a_refusal_of_github_tells_the_permission_to_give",
            "tests/core/signin/test_keeping.py::test_a_late_refusal_is_believed_when_the_old_one_is_over",
        ),
    ),
    Row(
        "C7",
        "a secret with a line end, quotes, blanks, or nothing in it",
        "it is trimmed or refused by length and position, and never shown",
        (
            "tests/settings/test_credentials.py::test_blanks_around_a_token_are_trimmed",
            "tests/settings/test_credentials.py::test_a_spoiled_token_is_refused_by_position",
            "tests/settings/test_credentials.py::test_what_is_taken_can_go_into_a_header",
            "tests/settings/test_load.py::test_the_token_is_in_no_repr",
        ),
    ),
    Row(
        "C8",
        "a token that does not say when it ends, or says it oddly",
        "a careful guess; an odd kind of token is refused",
        (
            "tests/core/signin/test_bearer.py::test_a_life_is_a_number_of_seconds_or_the_shortest_that_is_documented",
            "tests/core/signin/test_answers.py::test_a_token_of_another_kind_is_hidden_and_refused",
            "tests/core/signin/test_answers.py::test_a_token_of_no_kind_is_a_bearer_token",
        ),
    ),
    Row(
        "C9",
        "two ways to sign in at once",
        "an error that names both",
        (
            "tests/settings/test_signin.py::test_two_on_one_level_are_refused_by_name_and_one_is_taken",
            "tests/settings/test_signin.py::test_auth_type_settles_it",
            "tests/cli/test_not_signed_in.py::test_what_is_wrong_is_told_in_words_that_help",
        ),
    ),
)
