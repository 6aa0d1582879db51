"""Table of stream processors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MILLISECONDS = sa.BigInteger()


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "stream_processors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("starter", sa.Text(), nullable=True),
        sa.Column("created_at", MILLISECONDS, nullable=False),
        sa.Column("updated_at", MILLISECONDS, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_stream_processors"),
    )
