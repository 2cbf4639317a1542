"""A policy's tree as phases, rules and actions.

Takes every form that policies were written in (source forms: rule form, shorthand, phase as a
mapping, root list, bare configuration, old phase names). Each tolerance leaves a finding.
"""

from __future__ import annotations

from msgspec import Struct

from migrator.findings.policy import (
    ActionWithoutConfig,
    BareConfig,
    FlattenedConfig,
    LegacyPhase,
    PhaseIsMapping,
    RootIsList,
    RuleNotUnderstood,
    Shorthand,
    SingleValue,
    WrongType,
)
from migrator.policy.origin import Field, Origin
from migrator.policy.reader import Notes, Reader
from migrator.spans import Location
from migrator.tree.nodes import Mapping, Node, Scalar, Sequence

GATEWAY = "ai-gateway"
PHASES = ("on_tcp_connect", "on_http_request", "on_http_response", "on_event_stream_message")
LEGACY_PHASES = {"inbound": "on_http_request", "outbound": "on_http_response"}
_ENDING = frozenset({"close-connection", "custom-response", "deny", "forward-internal", GATEWAY})
"""Actions that end a request. ``redirect`` ends its phase, but only where its pattern fits."""
_REFUSING = 400
"""The first HTTP status that refuses a request."""
_EVERY_PHASE = frozenset((*PHASES, *LEGACY_PHASES))
CONFIG_FIELDS = (
    "max_input_tokens",
    "max_output_tokens",
    "headers",
    "query_params",
    "body",
    "on_error",
    "total_timeout",
    "per_request_timeout",
    "providers",
    "only_allow_configured_providers",
    "only_allow_configured_models",
    "model_selection",
    "api_key_selection",
)
_BARE_ROOTS = ("config", "ai_gateway")


class Action(Struct, frozen=True, eq=False):
    """One action of a rule. ``config`` is None when absent or null."""

    type: str
    config: Field | None
    field: Field
    phase: str

    @property
    def is_gateway(self) -> bool:
        return self.type == GATEWAY

    @property
    def continues(self) -> bool:
        """Whether what stands behind it runs once it has failed, though it ends the chain."""
        on_error = self.config.get("on_error") if self.config else None
        return on_error is not None and on_error.text == "continue"

    @property
    def ends(self) -> bool:
        """Whether nothing behind it runs."""
        return self.type in _ENDING and not self.continues

    @property
    def rejects(self) -> bool:
        """Whether it refuses what it ends; an unreadable status counts as refusing."""
        if self.type != "custom-response":
            return True
        status = self.config.get("status_code") if self.config else None
        text = (status.text or "") if status is not None else "200"
        return not (text.isdecimal() and int(text) < _REFUSING)


class Rule(Struct, frozen=True, eq=False):
    """One rule of a phase: all ``expressions`` must hold for ``actions`` to run in order."""

    phase: str
    field: Field
    actions: tuple[Action, ...]
    expressions: tuple[Field, ...] = ()
    name: str | None = None

    @property
    def condition(self) -> str:
        """The expressions as one readable condition; ``always`` without any."""
        return " && ".join(field.text or "(not text)" for field in self.expressions) or "always"

    @property
    def is_unconditional(self) -> bool:
        """Whether its actions run for every request: it has no expressions, or none but ``true``."""
        return all((field.text or "").strip() == "true" for field in self.expressions)

    def ends_behind(self, action: Action) -> bool:
        """Whether a request that one of its actions let pass is ended by one behind it."""
        behind = self.actions[self.actions.index(action) + 1 :]
        return not action.ends and any(other.ends for other in behind)


class Policy(Struct, frozen=True, eq=False):
    """A Traffic Policy as data. ``root`` is the field everything else is below."""

    root: Field
    rules: tuple[Rule, ...]
    rule_fields: tuple[Field, ...]
    """Every item of every phase, those that are no rules included: what leaf accounting covers."""
    enabled: bool = True

    def phase(self, name: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.phase == name)

    def gateways(self) -> tuple[tuple[Rule, Action], ...]:
        """Every ai-gateway action with its rule, in order."""
        return tuple((rule, action) for rule in self.rules for action in rule.actions if action.is_gateway)

    def gateway_places(self) -> tuple[Location, ...]:
        """Where these actions stand."""
        return tuple(action.field.location for _, action in self.gateways())


def is_policy(root: Node | None) -> bool:
    """Whether a document's root is a policy in one of the forms this module takes."""
    if isinstance(root, Sequence):
        return any(_is_rule(item) for item in root.items)
    if not isinstance(root, Mapping):
        return False
    return not _EVERY_PHASE.isdisjoint(root.keys()) or _bare_form(root) is not None


def parse(root: Node, origin: Origin, notes: Notes) -> Policy:
    """Read a policy; ``is_policy`` has said that it is one."""
    top = Field(root, "", origin)
    if isinstance(root, Sequence):
        notes.add(RootIsList(at=top.location, pointer=""))
        return Policy(top, tuple(_rules(top, "on_http_request", notes)), _rule_fields(top))
    if isinstance(root, Mapping) and (form := _bare_form(root)) is not None:
        return _bare(top, form, notes)
    reader = Reader(top, "the policy", notes)
    enabled = reader.flag("enabled")
    rules: list[Rule] = []
    fields: list[Field] = []
    for name in PHASES:
        if (phase := reader.take(name)) is not None:
            rules.extend(_rules(phase, name, notes))
            fields.extend(_rule_fields(phase))
    for legacy, modern in LEGACY_PHASES.items():
        if (phase := reader.take(legacy)) is not None:
            notes.add(LegacyPhase(**phase.place, phase=legacy, modern=modern))
            rules.extend(_rules(phase, modern, notes))
            fields.extend(_rule_fields(phase))
    reader.close()
    rules.sort(key=lambda rule: PHASES.index(rule.phase))
    return Policy(top, tuple(rules), tuple(fields), enabled is None or enabled[0])


def _bare_form(root: Mapping) -> str | None:
    keys = set(root.keys())
    for form in _BARE_ROOTS:
        held = root.get(form)
        if keys == {form} and isinstance(held, Mapping) and set(held.keys()).intersection(CONFIG_FIELDS):
            return form
    if _text_of(root, "type") == GATEWAY:
        return "type"
    providers = root.get("providers")
    if isinstance(providers, Sequence):
        listed = [item for item in providers.items if isinstance(item, Mapping)]
        alone = keys == {"providers"} and all(item.get("id") is not None for item in listed)
        known = len(keys.intersection(CONFIG_FIELDS)) > 1
        telling = any(item.get(key) is not None for item in listed for key in ("api_keys", "id_aliases"))
        if (alone and len(listed) == len(providers.items)) or known or telling:
            return "providers"
    return None


def _bare(top: Field, form: str, notes: Notes) -> Policy:
    notes.add(BareConfig(**top.place, form=form))
    if form == "type":
        action = _action(top, "on_http_request", notes)
        return Policy(top, (Rule("on_http_request", top, (action,) if action else ()),), (top,))
    config = top.get(form) if form in _BARE_ROOTS else top
    return Policy(
        top, (Rule("on_http_request", top, (Action(GATEWAY, config, top, "on_http_request"),)),), (top,)
    )


def _rule_fields(phase: Field) -> tuple[Field, ...]:
    return (phase,) if isinstance(phase.node, Mapping) else tuple(phase.items())


def _is_rule(item: Node) -> bool:
    return isinstance(item, Mapping) and (
        isinstance(item.get("actions"), Sequence)
        or (_text_of(item, "type") is not None and item.get("actions") is None)
    )


def _text_of(node: Mapping, key: str) -> str | None:
    value = node.get(key)
    return value.text if isinstance(value, Scalar) and value.kind == "str" else None


def _rules(phase: Field, name: str, notes: Notes) -> list[Rule]:
    if phase.is_null:
        return []
    if isinstance(phase.node, Mapping):
        notes.add(PhaseIsMapping(**phase.place, phase=name))
        return [rule for rule in (_rule(phase, name, notes),) if rule is not None]
    if not isinstance(phase.node, Sequence):
        notes.add(
            WrongType(
                **phase.place, field=phase.pointer.rpartition("/")[2], where=name, expected="a list of rules"
            )
        )
        return []
    return [rule for item in phase.items() if (rule := _rule(item, name, notes)) is not None]


def _rule(item: Field, phase: str, notes: Notes) -> Rule | None:
    held = item.get("actions")
    if (held is None or held.is_null) and item.get("type") is not None:
        action = _action(item, phase, notes, shorthand=True)
        if action is None:
            return None
        notes.add(Shorthand(**item.place))
        return Rule(phase, item, (action,), _expressions(Reader(item, "the rule", Notes()), notes))
    if held is None:
        notes.add(RuleNotUnderstood(**item.place))
        return None
    reader = Reader(item, "the rule", notes)
    name = reader.take("name")
    expressions = _expressions(reader, notes)
    held = reader.take("actions")
    actions: list[Action] = []
    if held is not None and isinstance(held.node, Mapping):
        notes.add(SingleValue(**held.place, where="a list of actions"))
        actions = [action for action in (_action(held, phase, notes),) if action]
    elif held is not None and isinstance(held.node, Sequence):
        actions = [action for entry in held.items() if (action := _action(entry, phase, notes))]
    elif held is not None and not held.is_null:
        notes.add(
            WrongType(
                **held.place,
                field=held.pointer.rpartition("/")[2],
                where="actions",
                expected="a list of actions",
            )
        )
    reader.close()
    return Rule(phase, item, tuple(actions), expressions, name.text if name else None)


def _expressions(reader: Reader, notes: Notes) -> tuple[Field, ...]:
    held = reader.take("expressions")
    if held is None or held.is_null:
        return ()
    if isinstance(held.node, Scalar):
        notes.add(SingleValue(**held.place, where="a list of expressions"))
        return (held,)
    if isinstance(held.node, Mapping):
        notes.add(
            WrongType(**held.place, field="expressions", where="the rule", expected="a list of expressions")
        )
        return (held,)
    return tuple(held.items())


def _action(item: Field, phase: str, notes: Notes, *, shorthand: bool = False) -> Action | None:
    type_field = item.get("type")
    if type_field is None or type_field.text is None:
        notes.add(RuleNotUnderstood(**item.place))
        return None
    reader = Reader(item, "the action", notes)
    reader.take("type")
    config = reader.present("config")
    if shorthand:
        reader.take("actions")
        reader.take("name")
        reader.take("expressions")
    if type_field.text == GATEWAY:
        config = _gateway_config(item, reader, config, notes)
    reader.close()
    return Action(type_field.text, config, item, phase)


def _gateway_config(item: Field, reader: Reader, config: Field | None, notes: Notes) -> Field | None:
    if config is not None:
        return config
    beside = [key for key in CONFIG_FIELDS if item.get(key) is not None]
    if beside and isinstance(item.node, Mapping):
        for key in beside:
            reader.take(key)
        notes.add(FlattenedConfig(**item.place, fields=", ".join(beside)))
        inner = Mapping(
            [entry for entry in item.node.entries if entry.key.text in beside],
            flow=False,
            span=item.node.span,
        )
        return Field(inner, item.pointer, item.origin)
    notes.add(ActionWithoutConfig(**item.place))
    return None
