"""Roots and proofs, against the recursive definitions of RFC 9162 and its own examples."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

#: The test entries and roots of Certificate Transparency's reference implementations.
ENTRIES = [
    b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
logs = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def naive_root(entries: Sequence[bytes]) -> bytes:
    """Section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    parts = naive_root(entries[:split]) + naive_root(entries[split:])
    return hashlib.sha256(b"\1" + parts).digest()


@pytest.mark.parametrize("size", ROOTS)
def test_the_root_is_that_of_other_implementations(size: int) -> None:
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size]


@given(logs)
def test_the_root_is_that_of_the_definition(entries: list[bytes]) -> None:
    assert root_of([leaf_hash(entry) for entry in entries]) == naive_root(entries)


@given(logs, st.data())
def test_every_entry_is_shown_to_be_included_and_no_other_in_its_place(
    entries: list[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    place = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(leaves, place), naive_root(entries)
    assert is_included(proof, leaves[place], place, size=len(leaves), root=root)
    assert not is_included(proof, leaf_hash(b"another entry"), place, size=len(leaves), root=root)
    assert not is_included(proof, leaves[place], place, size=len(leaves), root=bytes(32))
    assert not is_included([*proof, bytes(32)], leaves[place], place, size=len(leaves), root=root)
    if proof:
        assert not is_included(proof[:-1], leaves[place], place, size=len(leaves), root=root)
        altered = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
        assert not is_included(altered, leaves[place], place, size=len(leaves), root=root)


@given(logs, st.data())
def test_an_earlier_log_is_shown_to_be_the_beginning_and_no_other_log(
    entries: list[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    first = data.draw(st.integers(1, len(leaves)))
    roots = {"first_root": naive_root(entries[:first]), "second_root": naive_root(entries)}
    proof = consistency_proof(leaves, first)
    assert is_consistent(proof, first=first, second=len(leaves), **roots)
    assert not is_consistent(proof, first=first, second=len(leaves), **(roots | {"first_root": bytes(32)}))
    assert not is_consistent(proof, first=first, second=len(leaves), **(roots | {"second_root": bytes(32)}))
    assert not is_consistent([*proof, bytes(32)], first=first, second=len(leaves), **roots)
    rewritten = [leaf_hash(b"rewritten"), *leaves[1:]]
    assert not is_consistent(
        consistency_proof(rewritten, first),
        first=first, second=len(leaves), first_root=roots["first_root"], second_root=root_of(rewritten),
    ) or rewritten == leaves  # fmt: skip


@pytest.mark.parametrize("place", [-1, 3])
def test_there_is_no_proof_of_an_entry_that_is_none(place: int) -> None:
    with pytest.raises(ValueError, match="no such entry"):
        inclusion_proof([bytes(32)] * 3, place)
    assert not is_included([], bytes(32), place, size=3, root=bytes(32))


@pytest.mark.parametrize("size", [0, 4])
def test_there_is_no_proof_from_a_log_that_was_never_there(size: int) -> None:
    with pytest.raises(ValueError, match="at most all"):
        consistency_proof([bytes(32)] * 3, size)
    assert not is_consistent([], first=size, first_root=b"", second=3, second_root=b"")


def test_a_node_is_never_taken_for_an_entry() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
