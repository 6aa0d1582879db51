"""Accepted versions: a policy and the installation's key in, a signature out, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recognizance.errors import PolicyDocumentError
from recognizance.policy.document import Policy, read_policy
from recognizance.policy.reason import Reason
from recognizance.signing import PublicKey, SigningKey

_CONTEXT = b"recognizance policy\n"
"""What a signature of a policy starts with, so that it is one of nothing else."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A version that holds or held, who put it, and who approved it where two were needed (ids of keys)."""

    policy: Policy
    accepted_at: datetime
    put_by: str
    approved_by: str | None


def sign_policy(policy: Policy, key: SigningKey) -> bytes:
    """The signature of a version."""
    return key.sign(_CONTEXT + policy.body)


def open_policy(body: str, signature: bytes, key: PublicKey, *, name: str, version: int) -> Policy:
    """The version that was signed under this name and number. Raises RuleError POLICY_TAMPERED for anything else."""
    try:
        policy = read_policy(body, form="json")
    except PolicyDocumentError as error:
        raise Reason.POLICY_TAMPERED.error(name) from error
    # Name and number are compared as well: a version that is genuine may have been copied over another one.
    if (policy.name, policy.version) != (name, version) or not key.verifies(signature, _CONTEXT + body.encode()):
        raise Reason.POLICY_TAMPERED.error(name)
    return policy
