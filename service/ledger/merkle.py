"""Merkle trees over a ledger that only grows (RFC 9162, section 2.1): roots, proofs and their checks. Pure.

A leaf's hash is SHA-256 of 0x00 and the entry, a node's that of 0x01 and its children's. The root over entries
`b"a"`, `b"b"`, `b"c"` is the node of (the node of a and b) and c.
"""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of all entries: 32 bytes, at the cost of about one hash for each entry."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [*map(node_hash, level[:-1:2] if odd else level[::2], level[1::2]), *odd]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """Return the hashes that prove that the entry at `place` (from 0) is under the root over `leaves`.

    Raises ValueError if there is no such entry.
    """
    if not 0 <= place < len(leaves):
        raise ValueError("there is no such entry")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if place < split:
        return [*inclusion_proof(leaves[:split], place), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], place - split), root_of(leaves[:split])]


def is_included(proof: Sequence[bytes], leaf: bytes, place: int, *, size: int, root: bytes) -> bool:
    """Return whether a proof shows that the entry at `place` of a ledger of `size` has this hash (section 2.1.3.2)."""
    if not 0 <= place < size:
        return False
    node, last, found = place, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return the hashes that prove that the ledger of the first `size` entries is the beginning of that of all `leaves`.

    Raises ValueError for a size of 0 or above the number of entries.
    """
    if not 0 < size <= len(leaves):
        raise ValueError("a proof begins with at least one entry and at most all")
    return _consistency(leaves, size, is_whole=True)


def _consistency(leaves: Sequence[bytes], size: int, *, is_whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_consistency(leaves[:split], size, is_whole=is_whole), root_of(leaves[split:])]
    return [*_consistency(leaves[split:], size - split, is_whole=False), root_of(leaves[:split])]


def is_consistent(
    proof: Sequence[bytes], *, first: int, first_root: bytes, second: int, second_root: bytes
) -> bool:
    """Return whether a proof shows that the ledger of `first` entries begins that of `second` (section 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    earlier = later = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            later = node_hash(later, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and (earlier, later) == (first_root, second_root)


def _split(count: int) -> int:
    """Return the largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1
