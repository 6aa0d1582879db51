"""Proofs from a tree of hashes (RFC 9162, section 2.1): where an entry stands, and that a tree only grew.

A tree is whatever gives the root of a complete subtree: `node(level, place)` is that of the 2^level leaves from
`place * 2^level` on. A proof asks for about as many as the tree is high. `verifier` has the hashes and the checks.
"""

from __future__ import annotations

from collections.abc import Callable

from recognizance.ledger.verifier import node_hash

Node = Callable[[int, int], bytes]
"""The root of a complete subtree, by level and place."""


def root(node: Node, size: int) -> bytes:
    """Root of the tree as it was when it had `size` leaves, at least one."""
    return _range_root(node, 0, size)


def prove_inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """2.1.3.1: proof that leaf `index` is in the tree of `size` leaves; 0 <= index < size."""
    return _path(node, index, 0, size)


def prove_consistency(node: Node, older: int, newer: int) -> list[bytes]:
    """2.1.4.1: proof that the tree of `newer` leaves begins with that of `older`; 0 <= older <= newer."""
    if older in {0, newer}:
        return []
    return _subproof(node, older, 0, newer, whole=True)


def _range_root(node: Node, start: int, end: int) -> bytes:
    """Root over the leaves from `start` to before `end`; `start` is where `_split` puts it, so nodes are aligned."""
    width = end - start
    if width & (width - 1) == 0:
        return node(width.bit_length() - 1, start // width)
    middle = start + _split(width)
    return node_hash(_range_root(node, start, middle), _range_root(node, middle, end))


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _path(node: Node, index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(node, index, start, middle), _range_root(node, middle, end)]
    return [*_path(node, index, middle, end), _range_root(node, start, middle)]


def _subproof(node: Node, older: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """`whole`: the part from `start` to `older` is the whole older tree, whose root the verifier has."""
    if older == end:
        return [] if whole else [_range_root(node, start, end)]
    middle = start + _split(end - start)
    if older <= middle:
        return [*_subproof(node, older, start, middle, whole=whole), _range_root(node, middle, end)]
    return [*_subproof(node, older, middle, end, whole=False), _range_root(node, start, middle)]
