"""F: the environment and the host."""

from __future__ import annotations

from tests.matrix.row import Row

ROWS = (
    Row(
        "F1",
        "a `.netrc` of somebody else",
        "it is not read",
        (
            "tests/cli/test_surroundings.py::test_surroundings_change_no_request",
            "tests/edge/test_trust.py::test_the_token_goes_to_the_workspace",
            "tests/container/test_hostile.py::test_the_environment_changes_nothing",
        ),
    ),
    Row(
        "F2",
        "modules in the checkout that are named like ours",
        "they are not run",
        (
            "tests/cli/test_surroundings.py::test_nothing_of_the_surroundings_is_run_or_written",
            "tests/container/test_hostile.py::test_modules_in_the_checkout_and_in_home_are_not_run",
            "tests/contract/test_entrypoint.py::test_dependencies_lie_in_lib_beside_it",
        ),
    ),
    Row(
        "F3",
        "variables that change Python, OpenSSL or requests",
        "they change nothing, or what is documented",
        (
            "tests/cli/test_surroundings.py::test_surroundings_change_no_word",
            "tests/contract/test_entrypoint.py::test_session_keys_are_not_written_where_the_environment_says",
            "tests/contract/test_entrypoint.py::test_openssl_loads_no_code_that_the_environment_names",
        ),
    ),
    Row(
        "F4",
        "a host that two parsers read differently",
        "it is refused before any of them sees it",
        (
            "tests/settings/test_hosts.py::test_a_hostile_host_is_refused",
            "tests/edge/test_trust.py::test_a_host_that_two_parsers_read_differently_gets_no_token",
        ),
    ),
    Row(
        "F5",
        "a host that an attacker may choose",
        "only Databricks' own zones, or the one that was allowed",
        (
            "tests/settings/test_hosts.py::test_whatever_is_admitted_is_in_a_zone_or_on_this_machine",
            "tests/settings/test_hosts.py::test_allow_host_admits_nothing_else",
        ),
    ),
    Row(
        "F6",
        "an address of the machine's own services",
        "it is refused",
        (
            "tests/settings/test_hosts.py::test_a_hostile_host_is_refused",
            "tests/settings/test_hosts.py::test_whatever_is_admitted_is_in_a_zone_or_on_this_machine",
        ),
    ),
    Row(
        "F7",
        "proxies in the environment",
        "used for https, and told neither the token nor what is asked",
        (
            "tests/cli/test_surroundings.py::test_a_proxy_for_https_sees_neither_the_token_nor_what_is_asked",
            "tests/cli/test_surroundings.py::test_no_proxy_is_told_of_a_workspace_on_loopback",
            "tests/cli/test_surroundings.py::test_a_host_that_wants_no_proxy_gets_none",
        ),
    ),
    Row(
        "F8",
        "cookies",
        "none is kept",
        (
            "tests/edge/test_trust.py::test_cookies_are_not_kept",
            "tests/cli/test_surroundings.py::test_surroundings_change_no_request",
        ),
    ),
    Row(
        "F9",
        "an odd locale, a terminal, nowhere to write",
        "the same words and the same verdict",
        (
            "tests/matrix/test_places.py::test_the_place_changes_neither_a_word_nor_the_verdict",
            "tests/cli/test_streams.py::test_an_odd_locale_does_not_cut_words_short",
            "tests/cli/test_surroundings.py::test_surroundings_change_no_word",
        ),
    ),
)
