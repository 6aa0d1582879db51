"""Tables of people's rights: consent, retention, receipts, requests."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing yet."""
