"""Damage to what a YAML text says: keys dropped, doubled and renamed, values of other types, nesting, aliases, CEL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

import yaml

Node = yaml.Node
_TEXT: Final = "tag:yaml.org,2002:str"

SCALARS: Final = (
    *(
        "",
        "~",
        "null",
        "true",
        "no",
        "0",
        "-1",
        "0x1F",
        "0o17",
        "1_000",
        "1:30",
        "1e999",
        ".inf",
        ".nan",
        "2026-01-01",
    ),
    *(
        "9" * 5_000,
        "1." + "0" * 400,
        "=",
        "<<",
        "*",
        "&",
        "!",
        "ai-gateway",
        "openai",
        "${",
        "${}",
        "${a",
        "$${a}",
    ),
    *(
        "é",
        "日本語",
        "\u202eabc",
        "e\u0301",
        "😀" * 50,
        "\u2028",
        "\x07",
        "\x1b[31m",
        "\ufeff",
        "a\u0085b",
        "K",
        "ſ",
        "İ",
    ),
    *(
        "x" * 300,
        "x" * 8_000,
        "a/" * 300,
        "a:" * 300,
        "../" * 50,
        "https://[::1",
        "https://" + "a." * 200,
        "//",
        "a b",
    ),
    *(
        "https://x.internal",
        "http://localhost:1",
        "https://\u0130.example.com",
        "https://x:99999/",
        "https://u:p@h/",
    ),
    *(
        "1h" * 200,
        "999999999999h",
        "-5s",
        "5",
        "1d",
        "{{ x }}",
        "- a",
        "a: b",
        "# c",
        "'",
        '"',
        "`",
        "|",
        "%0a",
        "\\",
    ),
)
KEYS: Final = (
    *(
        "providers",
        "id",
        "id_aliases",
        "base_url",
        "api_keys",
        "value",
        "models",
        "disabled",
        "metadata",
        "strategy",
    ),
    *(
        "model_selection",
        "api_key_selection",
        "on_error",
        "config",
        "type",
        "actions",
        "expressions",
        "on_http_request",
    ),
    *(
        "inbound",
        "enabled",
        "spec",
        "kind",
        "traffic_policy",
        "name",
        "url",
        "vars",
        "credentials",
        "headers",
        "body",
    ),
    *(
        "<<",
        "",
        "x" * 300,
        "é",
        "a.b",
        "a/b",
        "~",
        "on",
        "1",
        "total_timeout",
        "max_input_tokens",
        "supported_api_surfaces",
    ),
)
CEL: Final = (
    *(
        "(" * 400,
        ")" * 10,
        "!" * 400,
        "[" * 300,
        "-" * 300,
        " && true" * 300,
        " + 'a'" * 500,
        ".filter(m, true)" * 60,
    ),
    *(
        "ai.models",
        "m.id",
        "?",
        ":",
        "'",
        '"',
        "r'",
        "b'\\xff'",
        "'''",
        "\\u0000",
        "9223372036854775808",
        "1e400",
        "0x",
    ),
    *(
        "&&",
        "||",
        "==",
        "in",
        ".map(x, x)",
        ".exists(x, x",
        ".all(t, t == req.headers['a'][0])",
        "[0]",
        ".random()",
    ),
    *(
        "secrets.get('a', 'b')",
        "req.headers['authorization'][0]",
        "matches('(a+)+$')",
        "has(m.x)",
        "{'a': 1}",
        "👍",
    ),
    *(
        "ai.models.sortBy(m, m.id + m.id)",
        "size(ai.models)",
        "vars.x",
        "null",
        ".id.matches('[a-')",
        "in []",
        "/ 0",
        "% 0",
    ),
)


def _scalar(chance: Random) -> yaml.ScalarNode:
    text = chance.choice(SCALARS)
    style = chance.choice((None, None, "'", '"', "|", ">"))
    return yaml.ScalarNode(_TEXT if style else _tag(text), text, style=style)


def _tag(text: str) -> str:
    """The tag that a plain scalar has by itself, so that it is written without quotes."""
    found: str = yaml.CSafeLoader("").resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # its stubs say nothing
    return found


def _walk(node: Node) -> Iterator[Node]:
    """Every node once, however often it is referred to."""
    seen: set[int] = set()
    left = [node]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, yaml.MappingNode):
            left += [part for pair in one.value for part in pair]
        elif isinstance(one, yaml.SequenceNode):
            left += one.value


def _some(chance: Random, root: Node, kind: type[Node]) -> Node | None:
    held = [
        node for node in _walk(root) if isinstance(node, kind) and (kind is yaml.ScalarNode or node.value)
    ]
    return chance.choice(held) if held else None


def drop(chance: Random, root: Node) -> None:
    held = _some(chance, root, yaml.CollectionNode)
    if held is not None:
        del held.value[chance.randrange(len(held.value))]


def double(chance: Random, root: Node) -> None:
    """A key or an item again, as an alias or many times."""
    held = _some(chance, root, yaml.CollectionNode)
    if held is not None:
        one = chance.choice(held.value)
        held.value += [one] * chance.choice((1, 1, 2, 30))


def rename(chance: Random, root: Node) -> None:
    held = _some(chance, root, yaml.MappingNode)
    if held is not None:
        at = chance.randrange(len(held.value))
        name = chance.choice(KEYS)
        held.value[at] = (yaml.ScalarNode(_tag(name), name), held.value[at][1])


def _place(held: Node, at: int, value: Node) -> None:
    if isinstance(held, yaml.MappingNode):
        held.value[at] = (held.value[at][0], value)
    else:
        held.value[at] = value


def _at(held: Node, at: int) -> Node:
    found: Node = held.value[at][1] if isinstance(held, yaml.MappingNode) else held.value[at]
    return found


def _other(chance: Random, old: Node) -> Node:
    """A value of another type, or the value in something."""
    kind = chance.randrange(6)
    if kind == 0:
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [])
    if kind == 1:
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    if kind == 2:
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [old] * chance.choice((1, 2, 50)))
    if kind == 3:
        return yaml.MappingNode("tag:yaml.org,2002:map", [(yaml.ScalarNode(_TEXT, chance.choice(KEYS)), old)])
    return _scalar(chance)


def replace(chance: Random, root: Node) -> None:
    held = _some(chance, root, yaml.CollectionNode)
    if held is not None:
        at = chance.randrange(len(held.value))
        _place(held, at, _other(chance, _at(held, at)))


def nest(chance: Random, root: Node) -> None:
    held = _some(chance, root, yaml.CollectionNode)
    if held is not None:
        at = chance.randrange(len(held.value))
        value = _at(held, at)
        for _ in range(chance.choice((1, 3, 40, 90))):
            value = yaml.SequenceNode("tag:yaml.org,2002:seq", [value], flow_style=chance.random() < 0.5)
        _place(held, at, value)


def graft(chance: Random, root: Node) -> None:
    """One part in place of another: an alias, which may lead into itself."""
    held, part = _some(chance, root, yaml.CollectionNode), chance.choice(list(_walk(root)))
    if held is not None:
        _place(held, chance.randrange(len(held.value)), part)


def swap(chance: Random, root: Node) -> None:
    one, other = _some(chance, root, yaml.CollectionNode), _some(chance, root, yaml.CollectionNode)
    if one is not None and other is not None:
        here, there = chance.randrange(len(one.value)), chance.randrange(len(other.value))
        first, second = _at(one, here), _at(other, there)
        _place(one, here, second)
        _place(other, there, first)


def add(chance: Random, root: Node) -> None:
    held = _some(chance, root, yaml.MappingNode)
    if held is not None:
        name = chance.choice(KEYS)
        held.value.insert(
            chance.randrange(len(held.value) + 1),
            (yaml.ScalarNode(_tag(name), name), _other(chance, _scalar(chance))),
        )


def text(chance: Random, root: Node) -> None:
    """Something in the middle of a scalar."""
    held = _some(chance, root, yaml.ScalarNode)
    if held is not None:
        _insert(chance, held, SCALARS)


def cel(chance: Random, root: Node) -> None:
    """Something in the middle of an expression, or a piece of it gone."""
    held = [node for node in _walk(root) if isinstance(node, yaml.ScalarNode) and _is_cel(node.value)]
    if not held:
        text(chance, root)
        return
    node = chance.choice(held)
    if chance.random() < 0.7:
        _insert(chance, node, CEL)
    else:
        start = chance.randrange(len(node.value))
        node.value = node.value[:start] + node.value[start + 1 + chance.randrange(8) :]


def _is_cel(held: str) -> bool:
    return any(word in held for word in ("${", "ai.", "req.", "m.", "getReqHeader", "=="))


def _insert(chance: Random, node: Node, pieces: tuple[str, ...]) -> None:
    at = chance.randrange(len(node.value) + 1)
    node.value = node.value[:at] + chance.choice(pieces) + node.value[at:]


Damage = Callable[[Random, Node], None]
DAMAGES: Final[tuple[Damage, ...]] = (
    *(drop, double, rename, replace, replace, nest, graft, swap, add, text, cel, cel, cel),
)


def damaged(chance: Random, data: bytes) -> bytes | None:
    """What the text says after one to five of them, written anew; None for what is no YAML, or cannot be written."""
    try:
        root = yaml.compose(data.decode("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    if root is None:
        return None
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(DAMAGES)(chance, root)
    try:
        return yaml.serialize(
            root, Dumper=yaml.SafeDumper, allow_unicode=chance.random() < 0.5, width=4_000
        ).encode()
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError):
        return None
