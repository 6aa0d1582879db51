"""Tables of review: cases with their candidates, votes and pictures, reviewers, and portraits of enrolled faces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MILLISECONDS = sa.BigInteger()


def upgrade() -> None:
    """Make all tables and their indexes."""
    _make_cases()
    _make_candidates()
    _make_votes()
    _make_records()
    _make_reviewers()
    _make_portraits()


def _case_number() -> sa.Column[int]:
    return sa.Column("case_number", NUMBER, nullable=False)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_number"], ["cases.number"], name=f"fk_{table}_case_number", ondelete="CASCADE"
    )


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("searcher_key", sa.Text(), nullable=False),
        sa.Column("searcher", sa.Text(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("error_limit", sa.Double(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("opened_at", MILLISECONDS, nullable=False),
        sa.Column("changed_at", MILLISECONDS, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("truth", sa.Text(), nullable=True),
        sa.Column("probe_face_id", sa.Text(), nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sa.UniqueConstraint("id", name="uq_cases_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cases_changed_at", "cases", ["changed_at"])
    op.create_index("ix_cases_state", "cases", ["state"])


def _make_candidates() -> None:
    op.create_table(
        "candidates",
        _case_number(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("face_id", sa.Text(), nullable=True),
        sa.Column("user_number", NUMBER, nullable=True),
        _of_case("candidates"),
        sa.PrimaryKeyConstraint("case_number", "id", name="pk_candidates"),
    )
    op.create_index("ix_candidates_face_id", "candidates", ["face_id"])


def _make_votes() -> None:
    op.create_table(
        "votes",
        _case_number(),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        _of_case("votes"),
        sa.PrimaryKeyConstraint("case_number", "person", name="pk_votes"),
        sa.UniqueConstraint("case_number", "key_id", name="uq_votes_case_number_key_id"),
    )


def _make_records() -> None:
    op.create_table(
        "case_pictures",
        _case_number(),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _of_case("case_pictures"),
        sa.PrimaryKeyConstraint("case_number", name="pk_case_pictures"),
    )
    op.create_table(
        "case_entries",
        _case_number(),
        sa.Column("entry", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _of_case("case_entries"),
        sa.PrimaryKeyConstraint("case_number", "entry", name="pk_case_entries"),
    )


def _make_reviewers() -> None:
    op.create_table(
        "reviewers",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("trained_at", MILLISECONDS, nullable=False),
        sa.Column("expires_at", MILLISECONDS, nullable=False),
        sa.Column("suspended_at", MILLISECONDS, nullable=True),
        sa.PrimaryKeyConstraint("person", name="pk_reviewers"),
    )


def _make_portraits() -> None:
    op.create_table(
        "portraits",
        sa.Column("face_number", NUMBER, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["face_number"], ["faces.number"], name="fk_portraits_face_number", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("face_number", name="pk_portraits"),
    )
