"""Union-find: who belongs together when ties are transitive."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


class Forest(Generic[Node]):
    """Trees of nodes, at first each alone; the root of a tree is its node of the least rank."""

    def __init__(self, rank: Mapping[Node, Any]) -> None:
        self._rank = rank
        self._parent = {node: node for node in rank}

    def __contains__(self, node: Node) -> bool:
        return node in self._parent

    def root(self, node: Node) -> Node:
        """The node of the least rank in the tree; paths are halved on the way."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, first: Node, second: Node) -> None:
        """Make one tree of two."""
        root, other = sorted((self.root(first), self.root(second)), key=self._rank.__getitem__)
        self._parent[other] = root
