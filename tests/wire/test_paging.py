"""NextToken: comes back as it went out, for the same request, within a day; anything else is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizance.errors import PaginationTokenError
from recognizance.wire.paging import Pager

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SCOPE = ("ListFaces", "people", "ada")
LETTERS = "abcXYZ0189_.-"
PAGER = Pager(b"s" * 32)


@settings(deadline=None)
@given(st.text(LETTERS, max_size=255), st.lists(st.text()))
@example("-" * 255, [])
@example("0", ["x"])
@example("000", ["x"])
def test_round_trip(position, scope):
    token = PAGER.encode(position, scope, NOW)
    assert PAGER.decode(token, scope, NOW) == position
    assert 1 <= len(token) <= 255


def test_position_with_other_characters_is_our_mistake():
    with pytest.raises(ValueError, match="substring not found"):
        PAGER.encode("a b", SCOPE, NOW)


def test_token_lives_a_day():
    token = PAGER.encode("7", SCOPE, NOW)
    assert PAGER.decode(token, SCOPE, NOW + timedelta(hours=24)) == "7"
    with pytest.raises(PaginationTokenError, match="Invalid Pagination Token: it expired"):
        PAGER.decode(token, SCOPE, NOW + timedelta(hours=24, seconds=1))


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(("ListUsers", "people", "ada"), id="operation"),
        pytest.param(("ListFaces", "others", "ada"), id="collection"),
        pytest.param(("ListFaces", "people"), id="filter left out"),
        pytest.param(("ListFaces", "peoplead", "a"), id="same letters, cut elsewhere"),
        pytest.param(("people", "ListFaces", "ada"), id="order"),
        pytest.param((), id="nothing"),
    ],
)
def test_token_of_another_request(scope):
    with pytest.raises(PaginationTokenError, match="Invalid Pagination Token"):
        PAGER.decode(PAGER.encode("7", SCOPE, NOW), scope, NOW)


def test_token_of_another_installation():
    with pytest.raises(PaginationTokenError, match="Invalid Pagination Token"):
        PAGER.decode(Pager(b"t" * 32).encode("7", SCOPE, NOW), SCOPE, NOW)


@pytest.mark.parametrize("token", ["", " ", "abc", "~" * 5, "é", "0" * 255, "AAAAAAAAAAAAAAAAAAAA"])
def test_garbled_token(token):
    with pytest.raises(PaginationTokenError, match=r"^Invalid Pagination Token$"):
        PAGER.decode(token, SCOPE, NOW)


def test_no_character_of_a_token_can_change():
    token = PAGER.encode("people-7", SCOPE, NOW)
    for place, character in enumerate(token):
        changed = token[:place] + ("1" if character == "0" else "0") + token[place + 1 :]
        with pytest.raises(PaginationTokenError, match="Invalid Pagination Token"):
            PAGER.decode(changed, SCOPE, NOW)


def test_no_token_looks_like_an_option_of_a_command_line():
    assert not any("-" in PAGER.encode(str(number), SCOPE, NOW) for number in range(2000))
