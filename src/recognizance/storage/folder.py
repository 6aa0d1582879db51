"""The data folder: one place that holds everything a server owns, and the lock that keeps a second server out.

DIR/lock         held while a server runs; says its process id
DIR/version      format of the folder
DIR/master.key   32 random bytes in base64; without it no template opens
DIR/signing.key  name and seed of the key that signs checkpoints, receipts and audits; made when first needed
DIR/recognizance.db, DIR/buckets/<bucket>/<key>, and whatever else the server keeps
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Self

from recognizance.errors import FolderLockedError, NewerDataError, RecognizanceError, StartError, StorageError
from recognizance.signing import SigningKey
from recognizance.vault import KEY_BYTES

FORMAT = 1
"""Format of the folder that this version writes; it reads this and older ones."""

log = logging.getLogger(__name__)


class DataFolder:
    """An open data folder. Close it (or leave its `with`) to let the next server in."""

    def __init__(self, path: Path, lock: int | None) -> None:
        """Use `open`. `lock` is the descriptor of the locked file, None where the folder is shared with a server."""
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, path: Path, *, exclusive: bool = True) -> Self:
        """Open a folder, made (mode 0700) with a fresh master key if it is new.

        A server opens it exclusively; commands that work beside a running server do not. Raises FolderLockedError,
        NewerDataError, or StartError where the folder cannot be used.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = _lock(path) if exclusive else None
        except OSError as error:
            raise StartError(f"the data folder {path} cannot be used: {error.strerror}") from error
        folder = cls(path, lock)
        try:
            folder._check_version()
            folder._check_master_key()
        except BaseException:
            folder.close()
            raise
        return folder

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def database_path(self) -> Path:
        """The SQLite file, unless settings name another database."""
        return self.path / "recognizance.db"

    @property
    def sqlite_url(self) -> str:
        """SQLAlchemy URL of the SQLite file."""
        return f"sqlite:///{self.database_path}"

    @property
    def master_key_path(self) -> Path:
        """The file with the master key."""
        return self.path / "master.key"

    @property
    def master_key(self) -> bytes:
        """The 32 bytes that `vault.Vault` needs. Raises StartError for a damaged file."""
        try:
            key = base64.b64decode(self.master_key_path.read_bytes().strip(), validate=True)
        except (OSError, binascii.Error) as error:
            raise StartError(f"{self.master_key_path} cannot be read: {error}") from error
        if len(key) != KEY_BYTES:
            raise StartError(f"{self.master_key_path} holds {len(key)} bytes, not {KEY_BYTES}: put your backup back")
        return key

    def signing_key(self) -> SigningKey:
        """The key of this installation, made at the first call. Raises StartError for a damaged file."""
        path = self.path / "signing.key"
        if not path.exists():
            name = f"recognizance-{secrets.token_hex(4)}"  # told apart from other installations' by its name too
            seed = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
            self.create_private(path.name, f"{name} {seed}\n".encode())
        try:
            name, _, seed = path.read_text(encoding="ascii").strip().partition(" ")
            return SigningKey(name, base64.b64decode(seed, validate=True))
        except (OSError, ValueError, RecognizanceError) as error:
            raise StartError(f"{path} cannot be used ({error}): put your backup back") from error

    def create_private(self, name: str, content: bytes) -> bool:
        """Write a new file (mode 0600), whole and on disk before it has its name; False if the name is taken."""
        temporary = self.path / f".{name}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, self.path / name)
            _sync_directory(self.path)
        except FileExistsError:
            return False
        except OSError as error:
            raise StorageError(f"{self.path / name} cannot be written: {error.strerror}") from error
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def _check_version(self) -> None:
        if not (self.path / "version").exists():  # written once: a start needs no free space
            self.create_private("version", f"{FORMAT}\n".encode())
        text = (self.path / "version").read_bytes().strip()
        if not text.isdigit():
            raise StartError(f"{self.path / 'version'} holds no number: put your backup back")
        if int(text) > FORMAT:
            raise NewerDataError(
                f"{self.path} has format {int(text)}, this version reads up to {FORMAT}: upgrade Recognizance"
            )

    def _check_master_key(self) -> None:
        path = self.master_key_path
        if not path.exists():
            if self.database_path.exists():
                raise StartError(
                    f"{path} is missing and {self.database_path.name} opens with no other: put your backup back"
                )
            self.create_private(path.name, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            log.warning("%s can be read by other users of this machine: run chmod 600 on it", path)


def _lock(path: Path) -> int:
    """Lock the folder for as long as the returned descriptor is open; the kernel frees it however we end."""
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise FolderLockedError(
            f"{path} is in use by process {holder}: stop that server, or name another folder with --data"
        ) from None
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
