"""Keys and values → entries: duplicate keys refused, ``<<`` resolved."""

from __future__ import annotations

from migrator.tree.nodes import MERGE_KEY, Entry, Mapping, Node, Scalar, Sequence
from migrator.tree.problems import Problem, shown_key


def entries_of(parts: list[Node], problems: list[Problem]) -> list[Entry]:
    """The entries of a mapping whose keys and values come in turn.

    Keys are the same when their texts are, whatever their quotes and kinds: so Go sees it.
    """
    keys = parts[::2]
    entries = [Entry(key, value) for key, value in zip(keys, parts[1::2], strict=True) if type(key) is Scalar]
    if len(entries) != len(keys):
        problems.extend(Problem("non-scalar-key", key.span) for key in keys if type(key) is not Scalar)
    if len({entry.key.text for entry in entries}) != len(entries):
        problems.extend(_duplicates(entries))
    return entries


def _duplicates(entries: list[Entry]) -> list[Problem]:
    first: dict[str, Scalar] = {}
    found = []
    for entry in entries:
        key, earlier = entry.key, first.setdefault(entry.key.text, entry.key)
        if key is not earlier:
            name = shown_key(key.text)
            lines = (("line", str(key.span.line)), ("first_line", str(earlier.span.line)))
            facts = lines if name is None else (("key", name), *lines)
            found.append(Problem("duplicate-key", key.span, facts, earlier.span))
    return found


def merge_entry(entries: list[Entry]) -> Entry | None:
    """The entry with the key ``<<``; in quotes it is a key like any other."""
    for entry in entries:
        if entry.key.text == MERGE_KEY and not entry.key.style:
            return entry
    return None


def merged(entries: list[Entry], merge: Entry, problems: list[Problem]) -> list[Entry]:
    """``entries`` without ``merge``, and after them what it brings in.

    A key of the mapping itself wins, then the earlier of several merged mappings.
    """
    value = merge.value
    sources = value.items if type(value) is Sequence else [value]
    result = [entry for entry in entries if entry is not merge]
    taken = {entry.key.text for entry in result}
    for source in sources:
        if type(source) is not Mapping:
            problems.append(Problem("merge-value", value.span))
            break
        for entry in source.entries:
            if entry.key.text not in taken:
                taken.add(entry.key.text)
                result.append(Entry(entry.key, entry.value, merged=True))
    return result
