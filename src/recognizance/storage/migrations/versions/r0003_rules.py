"""Tables of the rules: policies and their changes, stops, authorisations and clocks of cases, and counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MILLISECONDS = sa.BigInteger()
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables and their indexes."""
    _make_policies()
    _make_proposals()
    _make_stops()
    _make_authorisations()
    _make_clocks()
    _make_limits()


def _make_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("name", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_at", MILLISECONDS, nullable=False),
        sa.Column("put_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", "version", name="pk_policies"),
    )


def _make_proposals() -> None:
    op.create_table(
        "policy_proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("collection_id", sa.Text(), nullable=True),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("loosened", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("audit", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_proposals"),
    )
    op.create_index("ix_policy_proposals_done", "policy_proposals", ["done"])


def _make_stops() -> None:
    op.create_table(
        "stops",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", MILLISECONDS, nullable=False),
        sa.Column("until", MILLISECONDS, nullable=True),
        sa.Column("spared", sa.Text(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("lift_key", sa.Text(), nullable=True),
        sa.Column("lift_person", sa.Text(), nullable=True),
        sa.Column("lift_at", MILLISECONDS, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_stops"),
        sa.UniqueConstraint("id", name="uq_stops_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stops_over", "stops", ["over"])


def _make_authorisations() -> None:
    op.create_table(
        "authorisations",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", MILLISECONDS, nullable=False),
        sa.Column("expires_at", MILLISECONDS, nullable=False),
        sa.Column("rejected_at", MILLISECONDS, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_authorisations"),
        sa.UniqueConstraint("id", name="uq_authorisations_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_authorisations_reference", "authorisations", ["reference"])
    op.create_index("ix_authorisations_case", "authorisations", ["case"])


def _make_clocks() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("opened_at", MILLISECONDS, nullable=False),
        sa.Column("authorised_at", MILLISECONDS, nullable=True),
        sa.Column("rejected_at", MILLISECONDS, nullable=True),
        sa.PrimaryKeyConstraint("case", "collection_id", name="pk_case_clocks"),
    )
    op.create_table(
        "clocked_cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_clocked_cases"),
    )


def _make_limits() -> None:
    op.create_table(
        "search_counts",
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("policy", "person", name="pk_search_counts"),
    )
    op.create_table(
        "probe_sightings",
        sa.Column("probe", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        sa.PrimaryKeyConstraint("probe", "collection_id", name="pk_probe_sightings"),
    )
    op.create_index("ix_probe_sightings_at", "probe_sightings", ["at"])
    op.create_table(
        "rule_clock",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("at", MILLISECONDS, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_clock"),
    )
