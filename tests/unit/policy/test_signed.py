"""A signature holds for one version under one name, and for nothing else."""

from __future__ import annotations

import pytest

from recognizance.errors import RuleError
from recognizance.policy.signed import open_policy, sign_policy
from recognizance.signing import SigningKey

from .samples import policy

KEY, OTHER = SigningKey("here", b"1" * 32), SigningKey("elsewhere", b"2" * 32)
BODY = policy().body.decode()
SIGNATURE = sign_policy(policy(), KEY)


def test_what_was_signed_opens():
    assert open_policy(BODY, SIGNATURE, KEY.public, name="strict", version=1) == policy()


@pytest.mark.parametrize(
    ("name", "body", "signature", "key", "named", "version"),
    [
        ("another floor", policy(floor=1.0).body.decode(), SIGNATURE, KEY, "strict", 1),
        ("spaced otherwise", BODY.replace(":", ": "), SIGNATURE, KEY, "strict", 1),
        ("another installation's", BODY, sign_policy(policy(), OTHER), KEY, "strict", 1),
        ("signed as something else", BODY, KEY.sign(policy().body), KEY, "strict", 1),
        ("no signature", BODY, b"", KEY, "strict", 1),
        ("copied to another name", BODY, SIGNATURE, KEY, "lax", 1),
        ("copied to a later version", BODY, SIGNATURE, KEY, "strict", 2),
        ("no policy", "{}", SIGNATURE, KEY, "strict", 1),
    ],
)
def test_what_was_not_signed_does_not_open(name, *, body, signature, key, named, version):
    with pytest.raises(RuleError, match=r"^POLICY_TAMPERED: "):
        open_policy(body, signature, key.public, name=named, version=version)
