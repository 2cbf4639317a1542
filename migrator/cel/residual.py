"""What is left of an expression: nodes rebuilt around the parts that stay open."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from migrator.cel.nodes import Binary, Call, Conditional, Index, Node, Select, Unary
from migrator.cel.possible import Open, Possible


def left_of(possible: Possible, node: Node) -> Node:
    """What is left of a part: the part as it was written, unless it stays open."""
    return possible.left if isinstance(possible, Open) else node


def with_operands(node: Node, operands: Sequence[Node]) -> Node:
    """An operation with other operands, in the order in which it takes them."""
    match node:
        case Binary():
            left, right = operands
            return (
                node if left is node.left and right is node.right else replace(node, left=left, right=right)
            )
        case Unary():
            return replace(node, operand=operands[0])
        case Index():
            return replace(node, operand=operands[0], index=operands[1])
        case Call() if node.target is not None:
            return replace(node, target=operands[0], args=tuple(operands[1:]))
        case Call():
            return replace(node, args=tuple(operands))
        case _:
            return node


def with_operand(node: Select | Index, operand: Node) -> Node:
    return node if operand is node.operand else replace(node, operand=operand)


def with_target(node: Call, target: Node) -> Node:
    return replace(node, target=target)


def with_sides(node: Binary, left: Node, right: Node) -> Node:
    return replace(node, left=left, right=right)


def with_branches(node: Conditional, condition: Node, then: Node, otherwise: Node) -> Node:
    return replace(node, condition=condition, then=then, otherwise=otherwise)
