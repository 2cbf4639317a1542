"""Functions that look something up by its name: ``get``, ``getModel``, ``getMetadata``.

What they give for a name that nothing has is not documented: null, or no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from migrator.cel.listing import one_of
from migrator.cel.names import Wanted, own_names, provider_names
from migrator.cel.nodes import Call
from migrator.cel.possible import Failed, Item, Known, Listing, Open, Possible, Record, join
from migrator.cel.values import Map

if TYPE_CHECKING:
    from migrator.cel.partial import Partial

_ID: Final = frozenset({"id"})
_METADATA: Final = frozenset({"metadata"})


def get(partial: Partial, node: Call, listing: Listing, arguments: Sequence[Known]) -> Possible:
    """``get(provider, model)`` of models, ``get(id)`` of anything else."""
    texts = [name for name in arguments if isinstance(name, str)]
    if len(texts) < len(arguments):
        return Failed(f"`{node.function}` takes ids", node.start, node.end)
    partial.spend(len(listing.items))
    own, provider = Wanted(texts[-1:]), Wanted(texts[:-1])
    found: list[Item] = []
    sure = False
    usual = True
    for item in listing.items:
        verdicts = {own.names(item.value, own_names)}
        if len(texts) > 1:
            verdicts.add(provider.names(item.value, provider_names))
        if False not in verdicts:
            found.append(item)
            sure = sure or (verdicts == {True} and item.certain)
            is_model = isinstance(item.value, Record) and item.value.kind == "model"
            usual = usual and is_model is (len(texts) > 1)
    return _found(node, found, sure=sure and usual)


def anything(node: Call, listing: Listing, waits: frozenset[str]) -> Possible:
    """What ``get`` gives for a name that is not known."""
    return join(node, [_found(node, listing.items, sure=False)], waits)


def get_model(partial: Partial, node: Call, record: Record, arguments: Sequence[Known]) -> Possible:
    """A provider's model of that id."""
    (name,) = arguments
    if not isinstance(name, str):
        return Failed("`getModel` takes an id", node.start, node.end)
    models = partial.collections.get("models", Listing(()))
    partial.spend(len(models.items))
    found: list[Item] = []
    sure = False
    for item in models.items:
        offered = item.value.provider if isinstance(item.value, Record) else None
        verdict = Wanted([name]).names(item.value, own_names)
        if verdict is not False and offered in (None, record):
            found.append(item)
            sure = sure or (verdict is True and item.certain and offered is record)
    return _found(node, found, sure=sure)


def get_metadata(partial: Partial, node: Call, record: Record, arguments: Sequence[Known]) -> Possible:
    """The metadata under a key, dots leading inwards."""
    (key,) = arguments
    if not isinstance(key, str):
        return Failed("`getMetadata` takes a key", node.start, node.end)
    metadata = partial.facts.of(partial.spend, record, "metadata", node, node)
    if isinstance(metadata, Open):
        return metadata
    held: Possible = metadata
    for part in key.split("."):
        if not isinstance(held, Map) or part not in held:
            held = Open(node, _METADATA, (None,))
            break
        held = held[part]
    if "." in key and isinstance(metadata, Map) and key in metadata:
        # A key with a dot in it may be meant as it stands, or as the way to another one.
        return join(node, [held, metadata[key]], _METADATA)
    return held


def _found(node: Call, items: Sequence[Item], *, sure: bool) -> Possible:
    """One of the items; if that is not sure perhaps none."""
    one = one_of(node, tuple(items), _ID, fails=not sure)
    return one if sure else join(node, [one, None], _ID, fails=True)
