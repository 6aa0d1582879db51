"""Addresses: the operator's table from ARNs to where a camera is, and to where records go.

Clients name ARNs and never an address: so nobody can make the server open or call what he likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recognizance.errors import InvalidRequestError
from recognizance.live import sink, source


@dataclass(frozen=True, slots=True)
class Addresses:
    """The setting `streams`."""

    table: Mapping[str, str]

    def source(self, arn: str) -> str:
        """Where the camera of a Kinesis video stream is. Raises InvalidRequestError where nothing says it."""
        return self._find(arn, source.SCHEMES, "a camera")

    def target(self, arn: str) -> str:
        """Where the records of a Kinesis data stream go. Raises InvalidRequestError where nothing says it."""
        return self._find(arn, sink.SCHEMES, "where records go")

    def _find(self, arn: str, schemes: tuple[str, ...], what: str) -> str:
        address = self.table.get(arn, "")
        if address.partition(":")[0] not in schemes:
            raise InvalidRequestError(
                f"the setting `streams` is to map {arn} to {what}: an address that begins with one of "
                f"{', '.join(f'{scheme}:' for scheme in schemes)}"
            )
        return address
