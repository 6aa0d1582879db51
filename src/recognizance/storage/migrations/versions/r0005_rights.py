"""Tables of people's rights: consents, terms of faces and their freezes, doomed keys, receipts, requests.

A copy in time of `storage.consents`, `terms`, `doomed`, `receipts` and `requests`, on purpose: a later change there
must not change what this revision makes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MILLISECONDS = sa.BigInteger()
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables and their indexes."""
    _make_terms()
    _make_consents()
    op.create_table(
        "doomed_keys",
        sa.Column("slot", NUMBER, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("slot", name="pk_doomed_keys"),
    )
    op.create_table(
        "receipts",
        sa.Column("face_id", sa.Text(), nullable=False),
        sa.Column("entry", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("face_id", name="pk_receipts"),
    )
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("opened_at", MILLISECONDS, nullable=False),
        sa.Column("resolved_at", MILLISECONDS, nullable=True),
        sa.Column("entry", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subject_requests"),
    )


def _make_terms() -> None:
    op.create_table(
        "face_terms",
        sa.Column("face_number", NUMBER, nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=True),
        sa.Column("limit_at", MILLISECONDS, nullable=True),
        sa.Column("expires_at", MILLISECONDS, nullable=True),
        _refers("face_terms", "face_number", "faces"),
        sa.PrimaryKeyConstraint("face_number", name="pk_face_terms"),
    )
    op.create_index("ix_face_terms_consent_id", "face_terms", ["consent_id"])
    op.create_index("ix_face_terms_expires_at", "face_terms", ["expires_at"])
    op.create_table(
        "collection_terms",
        sa.Column("collection_number", NUMBER, nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        _refers("collection_terms", "collection_number", "collections"),
        sa.PrimaryKeyConstraint("collection_number", name="pk_collection_terms"),
    )
    op.create_table(
        "freezes",
        sa.Column("face_number", NUMBER, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        _refers("freezes", "face_number", "faces"),
        sa.PrimaryKeyConstraint("face_number", "request_id", name="pk_freezes"),
    )
    op.create_index("ix_freezes_request_id", "freezes", ["request_id"])


def _make_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", NAME, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("given_at", MILLISECONDS, nullable=False),
        sa.Column("expires_at", MILLISECONDS, nullable=False),
        sa.Column("purpose_end", MILLISECONDS, nullable=True),
        sa.Column("withdrawn_at", MILLISECONDS, nullable=True),
        sa.Column("entry", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.number"], name=f"fk_{table}_{column}_{to}", ondelete="CASCADE")
