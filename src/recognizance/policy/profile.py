"""Profiles: policies that ship ready, as documents with comments, to be put as they are or to start from."""

from __future__ import annotations

from importlib.resources import files

from recognizance.errors import PolicyNotFoundError
from recognizance.policy.document import Policy, read_policy

NAMES = (
    "photo-library",
    "access-control",
    "doorstep",
    "missing-person",
    "trafficking-victim",
    "police-investigation",
    "research",
)
"""The profiles that ship."""


def profile_text(name: str) -> str:
    """The document of a profile, with its comments. Raises PolicyNotFoundError."""
    if name not in NAMES:
        raise PolicyNotFoundError(name)
    return files("recognizance.policy").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")


def load_profile(name: str) -> Policy:
    """The policy of a profile. Raises PolicyNotFoundError."""
    return read_policy(profile_text(name), form="toml")
