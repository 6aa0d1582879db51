"""Tables of the ledger: entries, what is kept apart from them, and the head."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing yet."""
