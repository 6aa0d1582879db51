"""Limits: a processor's tags in, where and when it looks out.

Rekognition takes no RegionsOfInterest together with FaceSearch, so zones are tags: `recognizance:zones` holds boxes as
ratios of the picture, "left top width height", parted by "/"; `recognizance:hours` a time of day, "08:00-18:00", and
the zone whose clock it means, UTC where none is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recognizance.errors import InvalidRequestError
from recognizance.values import Box

ZONES_TAG = "recognizance:zones"
HOURS_TAG = "recognizance:hours"

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?: ([A-Za-z0-9_+\-/]{1,60}))?")
_ZONE_NUMBERS = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """Where and when faces are looked at. No zones: everywhere; `start` and `end` alike: always."""

    zones: tuple[Box, ...] = ()
    """Ratios of the picture."""
    start: time = time(0)
    end: time = time(0)
    clock: tzinfo = UTC

    def holds(self, face: Box, width: int, height: int) -> bool:
        """Whether the middle of a face, in px of a picture of that size, is in a zone."""
        x, y = (face.left + face.width / 2) / width, (face.top + face.height / 2) / height
        return not self.zones or any(
            zone.left <= x <= zone.left + zone.width and zone.top <= y <= zone.top + zone.height for zone in self.zones
        )

    def watches(self, now: datetime) -> bool:
        """Whether it is the time of day; hours may go over midnight."""
        clock = now.astimezone(self.clock).time()
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


def read_limits(tags: Mapping[str, str]) -> Limits:
    """The limits that tags state. Raises InvalidRequestError for a tag that cannot be read."""
    zones = tuple(_read_zone(text) for text in tags[ZONES_TAG].split("/")) if ZONES_TAG in tags else ()
    return Limits(zones, *_read_hours(tags[HOURS_TAG])) if HOURS_TAG in tags else Limits(zones)


def _read_zone(text: str) -> Box:
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != _ZONE_NUMBERS or not all(0 <= number <= 1 for number in numbers):
        raise InvalidRequestError(
            f"the tag {ZONES_TAG} is to hold boxes of four ratios, such as 0 0.5 1 0.5, parted by /; came {text!r:.80}"
        )
    return Box(*numbers)


def _read_hours(text: str) -> tuple[time, time, tzinfo]:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise InvalidRequestError(f"the tag {HOURS_TAG} is to be such as 08:00-18:00 Europe/Berlin; came {text!r:.80}")
    try:
        clock = ZoneInfo(match[5]) if match[5] else UTC
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidRequestError(f"the tag {HOURS_TAG} names a time zone that is unknown: {match[5]}") from None
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])), clock
