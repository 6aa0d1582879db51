"""Access keys: made with a secret, found when revoked too, and never the last administrator gone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recognizance.errors import InvalidRequestError, NotFoundError, SealError, StartError
from recognizance.storage.database import Database
from recognizance.storage.keys import KeyRing
from recognizance.storage.marks import open_vault
from recognizance.storage.schema import access_keys
from recognizance.values import Role
from recognizance.vault import Vault

NOW = datetime(2026, 11, 24, 12, 30, 15, 250_000, tzinfo=UTC)
MASTER = bytes(32)


@pytest.fixture
def ring(database):
    return KeyRing(database, open_vault(database, MASTER))


def test_a_new_key_looks_like_an_aws_key_and_is_found_with_its_secret(ring):
    key = ring.create(Role.OPERATOR, "camera 7", NOW)
    assert re.fullmatch(r"RK[A-Z2-7]{18}", key.id)
    assert len(key.secret) == 40
    assert (key.role, key.label, key.created_at, key.revoked_at) == (Role.OPERATOR, "camera 7", NOW, None)
    assert ring.find(key.id) == key
    assert key.secret not in repr(key)


def test_two_keys_of_one_person_are_known_as_such(ring):
    one = ring.create(Role.ADMINISTRATOR, "office", NOW, person="Ada  Byron")
    two = ring.create(Role.ADMINISTRATOR, "home", NOW, person="ada byron ")
    labelled, nameless = ring.create(Role.ADMINISTRATOR, "Office", NOW), ring.create(Role.ADMINISTRATOR, "", NOW)
    assert ring.find(one.id).holder == two.holder == "ada byron"
    assert labelled.holder == "office"
    assert nameless.holder == nameless.id.lower()


def test_the_secret_is_sealed_at_rest(ring, database):
    key = ring.create(Role.OPERATOR, "", NOW)
    sealed = database.read(lambda connection: connection.scalar(select(access_keys.c.sealed_secret)))
    assert key.secret.encode() not in sealed


def test_a_secret_moved_to_another_key_does_not_open(ring, database):
    first, second = ring.create(Role.OPERATOR, "", NOW), ring.create(Role.OPERATOR, "", NOW)

    def move(connection):
        sealed = connection.scalar(select(access_keys.c.sealed_secret).where(access_keys.c.id == first.id))
        connection.execute(access_keys.update().where(access_keys.c.id == second.id).values(sealed_secret=sealed))

    database.write(move)
    with pytest.raises(SealError, match="moved"):
        ring.find(second.id)


def test_keys_are_listed_oldest_first_without_secrets(ring):
    later = ring.create(Role.AUDITOR, "later", NOW + timedelta(seconds=1))
    first = ring.create(Role.REVIEWER, "first", NOW)
    assert [(key.id, key.secret) for key in ring.all()] == [(first.id, None), (later.id, None)]


def test_a_revoked_key_is_found_with_the_time(ring):
    key = ring.create(Role.OPERATOR, "", NOW)
    revoked = ring.revoke(key.id, NOW + timedelta(hours=1))
    assert revoked.revoked_at == NOW + timedelta(hours=1)
    assert ring.find(key.id) == revoked
    assert ring.revoke(key.id, NOW + timedelta(hours=2)) == revoked


def test_a_key_revoked_by_another_process_is_revoked_here_at_once(ring, database_url):
    key = ring.create(Role.OPERATOR, "", NOW)
    with Database.open(database_url) as other:
        KeyRing(other, Vault(MASTER)).revoke(key.id, NOW)
    assert ring.find(key.id).revoked_at == NOW


def test_the_last_administrator_stays(ring):
    first, second = ring.create(Role.ADMINISTRATOR, "", NOW), ring.create(Role.ADMINISTRATOR, "", NOW)
    ring.create(Role.OPERATOR, "", NOW)
    ring.revoke(first.id, NOW)
    with pytest.raises(InvalidRequestError, match="is the last administrator key: create another one first"):
        ring.revoke(second.id, NOW)
    assert ring.find(second.id).revoked_at is None


def test_an_unknown_key_is_none_or_an_error(ring):
    assert ring.find("RKUNKNOWN") is None
    with pytest.raises(NotFoundError, match="no access key RKUNKNOWN"):
        ring.revoke("RKUNKNOWN", NOW)


def test_a_database_of_another_master_key_is_refused(ring, database):
    open_vault(database, MASTER)
    with pytest.raises(StartError, match=r"master\.key is not the key of this database"):
        open_vault(database, bytes(range(32)))
