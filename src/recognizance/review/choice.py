"""Choices: what a reviewer can say of a case, and what it was worth where the right answer is known.

A choice is the id of a candidate or one of two escapes. Seeded cases have a known right choice: the mate's id, or
`none_of_these` where the mate is not among the candidates.
"""

from __future__ import annotations

from enum import StrEnum

NONE_OF_THESE = "none_of_these"
CANNOT_TELL = "cannot_tell"

ESCAPES = (NONE_OF_THESE, CANNOT_TELL)
"""The choices that stand before the candidates, so that naming somebody is never the easiest thing to do."""


class Mark(StrEnum):
    """What a vote on a seeded case was."""

    NAMED_MATE = "named_mate"
    TURNED_DOWN = "turned_down"
    """Said that nobody is the person, and nobody was."""
    FALSE_ACCEPT = "false_accept"
    """Named somebody who is not the person, whether or not the mate was there to be named."""
    MISS = "miss"
    """Said that nobody is the person, and the mate was there."""
    CANNOT_TELL = "cannot_tell"


def mark(choice: str, truth: str) -> Mark:
    """Hold a choice against the right one."""
    if choice == CANNOT_TELL:
        return Mark.CANNOT_TELL
    if choice == truth:
        return Mark.TURNED_DOWN if truth == NONE_OF_THESE else Mark.NAMED_MATE
    return Mark.MISS if choice == NONE_OF_THESE else Mark.FALSE_ACCEPT
