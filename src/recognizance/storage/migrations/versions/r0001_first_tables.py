"""The first tables: collections, users, faces, tags, tokens, access keys, marks.

A copy in time of `storage.schema`, on purpose: a later change of the schema must not change what this revision makes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MILLISECONDS = sa.BigInteger()


def upgrade() -> None:
    """Make all tables and their indexes."""
    _make_collections()
    _make_users()
    _make_faces()
    _make_tags()
    _make_tokens()
    _make_keys()


def _collection_number() -> sa.Column[int]:
    return sa.Column("collection_number", NUMBER, nullable=False)


def _of_collection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["collection_number"], ["collections.number"], name=f"fk_{table}_collection_number", ondelete="CASCADE"
    )


def _make_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", NAME, nullable=True),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("created_at", MILLISECONDS, nullable=False),
        sa.Column("face_count", sa.Integer(), nullable=False),
        sa.Column("user_count", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_collections"),
        sa.UniqueConstraint("id", name="uq_collections_id"),
        sqlite_autoincrement=True,
    )


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("number", NUMBER, nullable=False),
        _collection_number(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", MILLISECONDS, nullable=False),
        _of_collection("users"),
        sa.PrimaryKeyConstraint("number", name="pk_users"),
        sa.UniqueConstraint("collection_number", "id", name="uq_users_collection_number_id"),
        sqlite_autoincrement=True,
    )


def _make_faces() -> None:
    op.create_table(
        "faces",
        sa.Column("number", NUMBER, nullable=False),
        _collection_number(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("external_image_id", sa.Text(), nullable=False),
        sa.Column("left", sa.Double(), nullable=False),
        sa.Column("top", sa.Double(), nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("enrolled_at", MILLISECONDS, nullable=False),
        sa.Column("user_number", NUMBER, nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_template", sa.LargeBinary(), nullable=False),
        _of_collection("faces"),
        sa.ForeignKeyConstraint(["user_number"], ["users.number"], name="fk_faces_user_number", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number", name="pk_faces"),
        sa.UniqueConstraint("collection_number", "id", name="uq_faces_collection_number_id"),
        sa.UniqueConstraint(
            "collection_number",
            "image_id",
            "external_image_id",
            "left",
            "top",
            "width",
            "height",
            name="uq_faces_origin",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_faces_listing", "faces", ["collection_number", "number"])
    tied = sa.text("user_number IS NOT NULL")
    op.create_index("ix_faces_user", "faces", ["user_number"], sqlite_where=tied, postgresql_where=tied)


def _make_tags() -> None:
    op.create_table(
        "tags",
        _collection_number(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _of_collection("tags"),
        sa.PrimaryKeyConstraint("collection_number", "key", name="pk_tags"),
    )


def _make_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", MILLISECONDS, nullable=False),
        sa.PrimaryKeyConstraint("operation", "token", name="pk_tokens"),
    )
    op.create_index("ix_tokens_created_at", "tokens", ["created_at"])


def _make_keys() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", MILLISECONDS, nullable=False),
        sa.Column("revoked_at", MILLISECONDS, nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_keys"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
