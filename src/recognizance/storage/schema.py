"""The tables. Migrations build them (`migrations/versions`); a test holds the two equal on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept as whole milliseconds since 1970: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Milliseconds of a time."""
        return None if value is None else (value - EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The time, in UTC."""
        return None if value is None else EPOCH + timedelta(milliseconds=value)


Number = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only a column of type INTEGER

Name = Text().with_variant(Text(collation="C"), "postgresql")  # sorted by bytes, as SQLite does

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _collection_number() -> Column[int]:
    return Column("collection_number", Number, ForeignKey("collections.number", ondelete="CASCADE"), nullable=False)


collections = Table(
    "collections",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Name, unique=True),  # NULL: deleted, its key destroyed, its faces about to be erased
    Column("space", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Counted along with every change: counting a million rows for each description would take longer than a search.
    Column("face_count", Integer, nullable=False),
    Column("user_count", Integer, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number is never used twice, so nothing of a deleted row passes to a later one
)

users = Table(
    "users",
    metadata,
    Column("number", Number, primary_key=True),
    _collection_number(),
    Column("id", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("collection_number", "id"),
    sqlite_autoincrement=True,
)

faces = Table(
    "faces",
    metadata,
    Column("number", Number, primary_key=True),
    _collection_number(),
    Column("id", Text, nullable=False),
    Column("image_id", Text, nullable=False),
    Column("external_image_id", Text, nullable=False),  # empty for none: NULLs would not count as equal below
    Column("left", Double, nullable=False),
    Column("top", Double, nullable=False),
    Column("width", Double, nullable=False),
    Column("height", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("user_number", Number, ForeignKey("users.number", ondelete="SET NULL")),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("sealed_template", LargeBinary, nullable=False),
    UniqueConstraint("collection_number", "id"),
    Index("ix_faces_listing", "collection_number", "number"),
    # One face of one picture is stored once, also when two clients enrol the picture at the same moment.
    UniqueConstraint(
        "collection_number", "image_id", "external_image_id", "left", "top", "width", "height", name="uq_faces_origin"
    ),
    sqlite_autoincrement=True,
)

Index(
    "ix_faces_user",
    faces.c.user_number,
    sqlite_where=faces.c.user_number.is_not(None),
    postgresql_where=faces.c.user_number.is_not(None),
)

tags = Table(
    "tags",
    metadata,
    Column("collection_number", Number, ForeignKey("collections.number", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("person", Text),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""Sealed texts that prove which master key sealed this database."""
