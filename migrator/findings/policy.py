"""Findings about the policy's own grammar: tolerated forms, unknown fields, wrong types."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class Shorthand(Finding):
    """A rule is written as a bare action.

    Why: the documentation of the retired action used this form; the one public report of a save
    says the server refused it. It is read as a rule with this one action.

    Example::

        on_http_request:
          - type: ai-gateway
            config: {providers: [{id: openai}]}

    Result: the same as for the rule form::

        on_http_request:
          - actions:
              - type: ai-gateway
                config: {providers: [{id: openai}]}
    """

    code = "P001"
    level = Severity.NOTE
    message = "action without a rule around it (shorthand); read as a rule with one action"
    remedy = "Nothing to do for the conversion; what stays of the policy keeps the form."


@finding
class PhaseIsMapping(Finding):
    """A phase holds a mapping instead of a list of rules.

    Why: ngrok's own pages show it. It is read as one rule.

    Example::

        on_http_request:
          actions:
            - type: ai-gateway

    Result: the same as for a list with this one rule::

        on_http_request:
          - actions:
              - type: ai-gateway
    """

    code = "P002"
    level = Severity.NOTE
    phase: str
    message = "{phase} holds a mapping instead of a list; read as one rule"
    remedy = "Nothing to do for the conversion."


@finding
class RootIsList(Finding):
    """A policy is a bare list without a phase.

    Why: it is read as the rules of `on_http_request`, the only phase the action can be in.

    Example::

        - actions:
            - type: ai-gateway

    Result: the same as for a policy with the phase::

        on_http_request:
          - actions:
              - type: ai-gateway
    """

    code = "P003"
    level = Severity.NOTE
    message = "list without a phase; read as on_http_request"
    remedy = "Nothing to do for the conversion."


@finding
class BareConfig(Finding):
    """A file holds only the action's configuration.

    Why: it is read as a policy with this one action and nothing around it. Protection that stood
    in the real policy is not known here.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: a configuration and one access key, as if nobody had been refused in front of the gateway.
    """

    code = "P004"
    level = Severity.WARNING
    form: str
    message = "only the action's configuration ({form}), no policy around it; read as one action"
    remedy = "Convert the whole policy if there is one, so that checks in front of the action are seen."


@finding
class LegacyPhase(Finding):
    """A phase has its old name.

    Why: `inbound` and `outbound` are the names before agent 3.17; they are read as the HTTP
    request and response phases.

    Example::

        inbound:
          - actions:
              - type: ai-gateway

    Result: the same as with `on_http_request` in place of `inbound`.
    """

    code = "P005"
    level = Severity.NOTE
    phase: str
    modern: str
    message = "{phase} is the old name of {modern}; read as such"
    remedy = "Nothing to do for the conversion."


@finding
class ActionWithoutConfig(Finding):
    """The action has no configuration.

    Why: without one it offered every built-in provider, with the client's own provider keys.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway

    Result: a configuration without access scope and routing rules. Clients no longer bring provider
    keys, so built-in providers are paid by ngrok credits (T306).
    """

    code = "P006"
    level = Severity.NOTE
    message = "ai-gateway without config; read as an empty one"
    remedy = "Nothing to do."


@finding
class FlattenedConfig(Finding):
    """Fields of the configuration stand beside `config` instead of inside.

    Why: usually an indentation that got lost. They are read as if they stood inside.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                providers:
                  - id: openai

    Result: the same as for::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  providers:
                    - id: openai
    """

    code = "P007"
    level = Severity.WARNING
    fields: str
    message = "{fields} beside config instead of inside it; read as if inside"
    remedy = "Compare the result with what the gateway did; ngrok would have refused this form."


@finding
class RuleNotUnderstood(Finding):
    """A rule is neither a rule nor an action.

    Why: it has neither `actions` nor `type`. Had it been a check in front of the gateway, its
    protection would be missing now.

    Example::

        on_http_request:
          - deny:
              status_code: 403
          - actions:
              - type: ai-gateway

    Result: the gateway is converted, the first item is not. Written as a rule it can be judged::

        on_http_request:
          - actions:
              - type: deny
                config: {status_code: 403}
    """

    code = "P008"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    message = "neither a rule (actions) nor an action (type)"
    remedy = "Correct the indentation or the keys and convert again."


@finding
class UnknownField(Finding):
    """A field that the schema never had.

    Why: nothing is known about what it did. It is not in the output.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  model_mappings: {fast: gpt-4o-mini}

    Result: the leaf counts as unknown, so the unit counts as partial.

    What to do: look for the field that was meant. Names that were never documented, such as
    `provider_keys`, `retries` or `weight`, did nothing.
    """

    code = "P009"
    level = Severity.WARNING
    field: str
    where: str
    message = "unknown field {field} in {where}"
    remedy = "Check the spelling against the old configuration schema; if it did nothing, delete it."


@finding
class WrongType(Finding):
    """A field has a value of the wrong type.

    Why: ngrok would have refused the policy. The field is not in the output.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  max_output_tokens: "many"

    Result: no cap is set.
    """

    code = "P010"
    level = Severity.ERROR
    field: str
    where: str
    expected: str
    message = "wrong type of {field} in {where}: expected {expected}"
    remedy = "Correct the value and convert again."


@finding
class UnknownAction(Finding):
    """An action type that Traffic Policy does not have.

    Why: an action in front of the gateway may reject requests. What this one did is not known,
    so its protection counts as lost.

    Example::

        on_http_request:
          - actions:
              - type: ip-allowlist
                config: {allow: [203.0.113.0/24]}
              - type: ai-gateway

    Result: access keys are issued that work from everywhere. As `restrict-ips` the action would be
    known, and its loss reported as T602.
    """

    code = "P011"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    message = "unknown action {action}"
    remedy = "Check the spelling; if it protected the gateway, decide what takes its place."


@finding
class PolicyDisabled(Finding):
    """The policy was switched off.

    Why: `enabled: false` means that it did nothing, so there is nothing to convert.

    Example::

        enabled: false
        on_http_request:
          - actions:
              - type: ai-gateway

    Result: nothing is issued. Access keys for it would open what was closed.
    """

    code = "P012"
    level = Severity.WARNING
    message = "enabled: false, so the policy did nothing; not converted"
    remedy = "Remove the line and convert again if the policy should be migrated anyway."


@finding
class SeveralGateways(Finding):
    """One policy holds several ai-gateway actions.

    Why: ngrok refused that (ERR_NGROK_2266), though its FAQ showed it. Each action becomes a unit
    of its own, with its own configuration and access key.

    Example::

        on_http_request:
          - expressions: ["req.headers['x-team'][0] == 'research'"]
            actions:
              - type: ai-gateway
                config: {providers: [{id: anthropic}]}
          - actions:
              - type: ai-gateway
                config: {providers: [{id: openai}]}

    Result: two configurations. Whoever gets the access key of the first reaches Anthropic on every
    request, whatever header it sends.
    """

    code = "P013"
    level = Severity.WARNING
    count: int
    message = "{count} ai-gateway actions in one policy; each becomes a unit of its own"
    remedy = "Give each client the access key of its branch."


@finding
class Unreachable(Finding):
    """The action could never run.

    Why: everything in front of it ends every request. Issuing an access key would open what
    was closed, so none is issued.

    Example::

        on_http_request:
          - actions:
              - type: deny
          - actions:
              - type: ai-gateway

    Result: no configuration and no access key; the unit counts as failed. With the decision
    ``unreachable: convert`` what was closed opens, which is an error (V001) until it is accepted.
    """

    code = "P014"
    level = Severity.ERROR
    effect = Effect.NONE
    action: str
    message = "never reached: {action} in front of it ends every request"
    remedy = "Answer the decision to convert it anyway, or delete it."
    settled = "Nothing to do."


@finding
class BrokenExpression(Finding):
    """An expression is not CEL.

    Why: ngrok would have refused the policy (ERR_NGROK_2200). What the expression decided is
    not known.

    Example::

        on_http_request:
          - expressions: ["req.headers['x-team'][0] = 'research'"]
            actions:
              - type: ai-gateway

    Result: the condition counts as one that nothing replaces (T617). With `==` it is an expression.
    """

    code = "P015"
    level = Severity.ERROR
    reason: str
    excerpt: str
    message = "not a CEL expression: {reason}\n{excerpt}"
    remedy = "Correct the expression and convert again."


@finding
class WrongPhase(Finding):
    """The action stands in a phase in which it could not run.

    Why: only `on_http_request` takes it (ERR_NGROK_2202). It is converted as if it stood there.

    Example::

        on_http_response:
          - actions:
              - type: ai-gateway

    Result: a configuration and an access key for a gateway that may never have answered.
    """

    code = "P016"
    level = Severity.WARNING
    phase: str
    message = "ai-gateway in {phase}, where it could not run; converted as if in on_http_request"
    remedy = "Check that this policy was ever in force."


@finding
class SingleValue(Finding):
    """A single value stands where a list belongs.

    Why: it is read as a list of one.

    Example::

        on_http_request:
          - expressions: req.url.path.startsWith('/v1')
            actions:
              - type: ai-gateway

    Result: the same as for::

        on_http_request:
          - expressions:
              - req.url.path.startsWith('/v1')
            actions:
              - type: ai-gateway
    """

    code = "P017"
    level = Severity.NOTE
    where: str
    message = "bare value where {where} belongs; read as if it stood there"
    remedy = "Nothing to do."


@finding
class OneArgumentSecret(Finding):
    """`secrets.get` with one argument.

    Why: it takes a vault and a name. The one-argument form stands in ngrok's own examples but
    never worked, so the vault is not known.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai-api-key')}

    Result: a provider key whose secret has a name and no vault::

        {"providerId": "openai", "value": {"$secret": {"name": "openai-api-key", "env": "OPENAI_API_KEY___S"}}}
    """

    code = "P018"
    level = Severity.WARNING
    name: str
    message = "secrets.get has one argument, {name}; the vault is not known"
    remedy = "Find the credential that was meant and supply it through the variable the manifest names."


@finding
class BadValue(Finding):
    """A value is outside what the field takes.

    Why: ngrok would have refused the policy. The field is not in the output.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  total_timeout: 90 seconds

    Result: no timeout is set. As `90s` it would be.
    """

    code = "P019"
    level = Severity.ERROR
    field: str
    expected: str
    message = "{field} is not usable: expected {expected}"
    remedy = "Correct the value and convert again."


@finding
class MissingId(Finding):
    """A provider or model has no id.

    Why: nothing can be said or created without it.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  providers:
                    - base_url: https://llm.example.com/v1

    Result: the entry is left out, and requests to it end in an error.
    """

    code = "P020"
    level = Severity.ERROR
    effect = Effect.NARROWER
    what: str
    message = "{what} without id; left out"
    remedy = "Add the id and convert again."
