"""The data folder's credentials: an administrator's key in a file that every AWS client reads."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.cli.failure import CommandError
from recognizance.ports import Clock
from recognizance.storage.folder import DataFolder
from recognizance.values import AccessKey, Role

if TYPE_CHECKING:  # the rows' library costs a start that needs none
    from recognizance.storage.keys import KeyRing

_FILE = "credentials"
_PROFILE = "default"


def credentials_path(folder: Path) -> Path:
    """Where the credentials of a data folder are, in the AWS shared-credentials format."""
    return folder.absolute() / _FILE


def ensure_credentials(folder: DataFolder, keys: KeyRing, clock: Clock) -> None:
    """Make an administrator's key and write it down, unless there are credentials already."""
    if credentials_path(folder.path).exists():
        return
    # A crash between the two leaves a key whose secret nobody knows; the next start makes another.
    key = keys.create(Role.ADMINISTRATOR, label="first start", now=clock())
    folder.create_private(_FILE, as_profile(key, _PROFILE).encode())


def as_profile(key: AccessKey, name: str) -> str:
    """A key as a profile of an AWS shared-credentials file."""
    return f"[{name}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"


def read_credentials(folder: Path) -> tuple[str, str]:
    """Key id and secret. Raises CommandError where they are missing or garbled."""
    path = credentials_path(folder)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        profile = parser[_PROFILE]
        return profile["aws_access_key_id"], profile["aws_secret_access_key"]
    except (OSError, UnicodeDecodeError, KeyError, configparser.Error):
        raise CommandError(
            f"{path} holds no key under [{_PROFILE}]; remove it and start the server again to get a new one"
        ) from None
