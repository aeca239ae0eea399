"""Union-find (disjoint sets): which nodes belong together when ties are transitive."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


class Forest(Generic[Node]):
    """Trees of nodes. Each node starts as a tree of its own; the root of a tree is its node of lowest rank."""

    def __init__(self, rank: Mapping[Node, Any]) -> None:
        self._rank = rank
        self._parent = {node: node for node in rank}

    def __contains__(self, node: Node) -> bool:
        return node in self._parent

    def root(self, node: Node) -> Node:
        """Return the root of a node's tree, halving the path on the way."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, first: Node, second: Node) -> None:
        """Merge the trees of two nodes into one."""
        root, other = sorted((self.root(first), self.root(second)), key=self._rank.__getitem__)
        self._parent[other] = root
