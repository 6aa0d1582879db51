"""Signing checkpoints: a tree in, a signed note out (C2SP tlog-checkpoint). `verifier.open_note` is the way back."""

from __future__ import annotations

import base64

from recognizance.ledger.verifier import Checkpoint, Key, Tree
from recognizance.signing import PublicKey, SigningKey


def sign(tree: Tree, key: SigningKey) -> str:
    """The note by which this installation commits to the tree."""
    public = verifying_key(key.public)
    checkpoint = Checkpoint(public.origin, tree.size, tree.root())
    signature = base64.b64encode(public.id + key.sign(checkpoint.text.encode())).decode()
    return f"{checkpoint.text}\n\N{EM DASH} {public.name} {signature}\n"


def verifying_key(key: PublicKey) -> Key:
    """The key as the verifier has it."""
    return Key(key.name, key.id, key.raw)
