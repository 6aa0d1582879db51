"""The tree beside the definition in RFC 9162, on known vectors, and every proof for small trees."""

from __future__ import annotations

import hashlib
import random

import pytest

from recognizance.ledger.merkle import prove_consistency, prove_inclusion, root
from recognizance.ledger.verifier import (
    Checkpoint,
    Tree,
    VerificationError,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

CLASSIC = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
"""The eight leaves that implementations of RFC 6962 test themselves with."""
MOST = 70


def root_by_definition(leaves):
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


@pytest.fixture(scope="module")
def grown():
    """Leaves, a store of the nodes that a growing tree completed, and the root at every size."""
    leaves = [f"entry {number}".encode() for number in range(MOST)]
    tree, nodes, roots = Tree(), {}, [Tree().root()]
    for leaf in leaves:
        for level, node in enumerate(tree.add(leaf_hash(leaf))):
            nodes[level, (tree.size - 1) >> level] = node
        roots.append(tree.root())
    return leaves, lambda level, place: nodes[level, place], roots


def at(size, root):
    return Checkpoint("log", size, root)


def test_golden_roots():
    assert Tree().root().hex().startswith("e3b0c442")
    tree = Tree()
    tree.add(leaf_hash(b""))
    assert tree.root().hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    for leaf in CLASSIC[1:]:
        tree.add(leaf_hash(bytes.fromhex(leaf)))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_a_growing_tree_has_the_root_of_the_definition_at_every_size(grown):
    leaves, node, roots = grown
    for size in range(1, MOST + 1):
        assert roots[size] == root_by_definition(leaves[:size]) == root(node, size)


def test_a_tree_goes_on_from_its_right_edge(grown):
    leaves, _, roots = grown
    tree = Tree()
    for leaf in leaves:
        tree = Tree(tree.size, tree.peaks)
        tree.add(leaf_hash(leaf))
    assert tree.root() == roots[-1]


def test_a_right_edge_of_another_size_is_refused():
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 complete subtrees, not 1"):
        Tree(3, [bytes(32)])


def test_every_inclusion_proof_verifies_and_only_for_its_entry(grown):
    leaves, node, roots = grown
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = prove_inclusion(node, index, size)
            assert len(proof) <= (size - 1).bit_length()
            verify_inclusion(leaf_hash(leaves[index]), index, size, proof, roots[size])
            with pytest.raises(VerificationError):
                verify_inclusion(leaf_hash(b"other"), index, size, proof, roots[size])
            if size > 1:
                with pytest.raises(VerificationError):
                    verify_inclusion(leaf_hash(leaves[index]), (index + 1) % size, size, proof, roots[size])


def test_every_consistency_proof_verifies_and_only_for_its_trees(grown):
    _, node, roots = grown
    for newer in range(1, MOST + 1):
        for older in range(newer + 1):
            proof = prove_consistency(node, older, newer)
            verify_consistency(at(older, roots[older]), at(newer, roots[newer]), proof)
            if older:
                with pytest.raises(VerificationError, match=f"the first {older} entries are not those"):
                    verify_consistency(at(older, bytes(32)), at(newer, roots[newer]), proof)
                with pytest.raises(VerificationError, match=f"the first {older} entries are not those"):
                    verify_consistency(at(older, roots[older]), at(newer, roots[newer]), [*proof, bytes(32)])
            if 0 < older < newer:
                with pytest.raises(VerificationError, match="are not those"):
                    verify_consistency(at(older, roots[older]), at(newer, bytes(32)), proof)
                with pytest.raises(VerificationError, match="are not those"):
                    verify_consistency(at(older, roots[older]), at(newer, roots[newer]), proof[:-1])


def test_mutated_proofs_do_not_verify(grown):
    leaves, node, roots = grown
    chance = random.Random(4)
    for _ in range(300):
        size = chance.randrange(2, MOST + 1)
        index = chance.randrange(size)
        proof = prove_inclusion(node, index, size)
        place = chance.randrange(len(proof))
        mutated = [*proof[:place], bytes(32), *proof[place + 1 :]]
        for wrong in (mutated, proof[:-1], [*proof, bytes(32)]):
            with pytest.raises(VerificationError):
                verify_inclusion(leaf_hash(leaves[index]), index, size, wrong, roots[size])


@pytest.mark.parametrize("index", [-1, 3])
def test_an_entry_outside_the_tree_is_refused(index):
    with pytest.raises(VerificationError, match=f"entry {index} is not one of 3"):
        verify_inclusion(bytes(32), index, 3, [], bytes(32))


def test_a_tree_does_not_shrink(grown):
    _, _, roots = grown
    with pytest.raises(VerificationError, match="the older checkpoint counts 5 entries, the newer only 4"):
        verify_consistency(at(5, roots[5]), at(4, roots[4]), [])
