"""Tables of the ledger: entries, what is kept apart from them, and the head.

A copy in time of `storage.ledger`, on purpose: a later change there must not change what this revision makes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MILLISECONDS = sa.BigInteger()


def upgrade() -> None:
    """Make the tables and their indexes."""
    _make_entries()
    op.create_table(
        "ledger_texts",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_ledger_texts"),
    )
    op.create_index("ix_ledger_texts_lookup", "ledger_texts", ["lookup"])
    op.create_table(
        "ledger_head",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_head"),
    )


def _make_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=True),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("case_reference", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_entries"),
    )
    for name in ("case", "case_reference"):
        given = sa.column(name).is_not(None)
        op.create_index(
            f"ix_ledger_entries_{name}", "ledger_entries", [name], sqlite_where=given, postgresql_where=given
        )
