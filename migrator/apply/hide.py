"""What a plan knows of live objects, without what somebody wrote into them that nobody else should read.

A ``baseUrl`` may have a password in it, metadata a key. Whoever looks is not the concern of this package: a
``Hide`` is handed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from migrator.apply.model import Change, FieldChange, Plan
from migrator.target.state import Body

Hide = Callable[[str, str], str]
"""What to show of a text, and the name of the member that it stands in. The same text is shown alike each time."""


def nothing(_: str, text: str) -> str:
    """Hide nothing."""
    return text


def hidden(value: Any, hide: Hide, name: str = "") -> Any:
    """Data with every text in it as ``hide`` shows it."""
    if isinstance(value, str):
        return hide(name, value)
    if isinstance(value, dict):
        return {key: hidden(one, hide, key) for key, one in value.items()}
    return [hidden(one, hide, name) for one in value] if isinstance(value, list) else value


def hidden_in(plan: Plan, hide: Hide) -> Plan:
    """The plan without what was seen in live objects. What it sends is in it as before: that has to be right."""
    return replace(
        plan,
        changes=tuple(_change(change, hide) for change in plan.changes),
        seen=tuple(replace(one, body=hidden(one.body, hide)) for one in plan.seen),
    )


def _change(change: Change, hide: Hide) -> Change:
    before: Body | None = hidden(change.before, hide)
    return replace(change, before=before, fields=tuple(_field(one, hide) for one in change.fields))


def _field(field: FieldChange, hide: Hide) -> FieldChange:
    name = field.path.rpartition("/")[2]
    return FieldChange(field.path, hidden(field.before, hide, name), hidden(field.after, hide, name))
