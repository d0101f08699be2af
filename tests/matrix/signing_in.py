"""C: signing in, and staying signed in."""

from __future__ import annotations

from tests.matrix.row import SIGNING_IN, Row

ROWS = (
    Row(
        "C1",
        "the token ends in the middle of the run",
        "it was replaced before; a 401 or 403 is no end by itself",
        open=SIGNING_IN,
    ),
    Row(
        "C2",
        "no new token is to be had for a while",
        "the old one as long as it lasts, then `unauthorized`",
        open=SIGNING_IN,
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
        open=SIGNING_IN,
    ),
    Row(
        "C6",
        "the identity of a long job cannot be had any more",
        "`unauthorized`, with the cause",
        open=SIGNING_IN,
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
        open=SIGNING_IN,
    ),
    Row(
        "C9",
        "two ways to sign in at once",
        "an error that names both",
        open=SIGNING_IN,
    ),
)
