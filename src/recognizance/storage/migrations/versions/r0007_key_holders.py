"""Who holds an access key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; keys made before name nobody."""
    op.add_column("access_keys", sa.Column("person", sa.Text(), nullable=True))
