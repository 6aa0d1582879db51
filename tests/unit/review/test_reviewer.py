"""Qualifications, marks on known answers, and when errors suspend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import RuleError
from recognizance.review.choice import CANNOT_TELL, NONE_OF_THESE, Mark, mark
from recognizance.review.reviewer import Errors, Measurement, Reviewer, too_many

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "choice", "truth", "expected"),
    [
        ("the mate", "m", "m", Mark.NAMED_MATE),
        ("somebody else beside the mate", "x", "m", Mark.FALSE_ACCEPT),
        ("none beside the mate", NONE_OF_THESE, "m", Mark.MISS),
        ("somebody of strangers", "x", NONE_OF_THESE, Mark.FALSE_ACCEPT),
        ("none of strangers", NONE_OF_THESE, NONE_OF_THESE, Mark.TURNED_DOWN),
        ("cannot tell beside the mate", CANNOT_TELL, "m", Mark.CANNOT_TELL),
        ("cannot tell of strangers", CANNOT_TELL, NONE_OF_THESE, Mark.CANNOT_TELL),
    ],
)
def test_a_choice_is_marked(name, choice, truth, expected):
    assert mark(choice, truth) is expected


def test_a_measurement_counts_each_error_where_it_could_be_made():
    marks = [Mark.NAMED_MATE] * 5 + [Mark.MISS] * 2 + [Mark.TURNED_DOWN] * 4 + [Mark.FALSE_ACCEPT] + [Mark.CANNOT_TELL]
    assert Measurement.of(marks) == Measurement(Errors(1, 8), Errors(2, 7), 1)
    assert Measurement.of([]) == Measurement(Errors(0, 0), Errors(0, 0), 0)


@pytest.mark.parametrize(
    ("name", "errors", "low", "expected"),
    [
        ("no trials", Errors(0, 0), 0.0, False),
        ("few trials, share over", Errors(2, 19), 0.02, False),
        ("enough trials, share over", Errors(2, 20), 0.02, True),
        ("enough trials, share at the limit", Errors(1, 20), 0.01, False),
        ("one slip at the start", Errors(1, 1), 0.20, False),
        ("few trials, whole interval over", Errors(3, 4), 0.30, True),
    ],
)
def test_errors_suspend(name, errors, low, expected):
    assert too_many(errors, low=low, limit=0.05) is expected


@pytest.mark.parametrize(("ends", "name"), [(NOW, "at once"), (NOW - DAY, "before it began")])
def test_a_qualification_lasts(ends, name):
    with pytest.raises(RuleError, match="QUALIFICATION_EMPTY: a qualification ends after the training"):
        Reviewer("ann", NOW, ends)


def test_training_anew_lifts_a_suspension():
    suspended = Reviewer("ann", NOW - 9 * DAY, NOW + DAY, suspended_at=NOW)
    again = suspended.trained_again(trained_at=NOW + DAY, expires_at=NOW + 99 * DAY)
    again.require_qualified(at=NOW + DAY)


@pytest.mark.parametrize(
    ("name", "suspended_at", "trained_at"),
    [
        ("the same training", None, NOW - 9 * DAY),
        ("before the suspension", NOW, NOW),
        ("long ago", None, NOW - 99 * DAY),
    ],
)
def test_a_training_that_is_not_later_lifts_nothing(name, suspended_at, trained_at):
    reviewer = Reviewer("ann", NOW - 9 * DAY, NOW + DAY, suspended_at)
    with pytest.raises(RuleError, match="TRAINING_NOT_LATER: "):
        reviewer.trained_again(trained_at=trained_at, expires_at=NOW + 99 * DAY)
