"""Findings of linking: references across files, endpoints, units."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class ReferenceNotFound(Finding):
    """A reference leads to a policy that is not among the inputs.

    Why: the endpoint's policy is unknown, so nothing was converted for it.

    Example::

        kind: CloudEndpoint
        metadata: {name: chat}
        spec:
          url: https://chat.example.com
          trafficPolicy: {targetRef: {name: ai-gateway}}

    Result: no configuration for `https://chat.example.com` until the file with the NgrokTrafficPolicy
    `ai-gateway` of the same namespace is given too.
    """

    code = "L001"
    level = Severity.ERROR
    effect = Effect.MANUAL
    kind: str
    target: str
    message = "the {kind} {target} was not found"
    remedy = "Add the file that holds it to the call."


@finding
class PolicyTwice(Finding):
    """One object holds the same policy twice.

    Why: operator-written objects carry one policy under two keys. It is converted once.

    Example::

        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          trafficPolicy:
            inline: {on_http_request: [{type: ai-gateway}]}
            policy: {on_http_request: [{type: ai-gateway}]}

    Result: one configuration; the coverage counts the policy once.
    """

    code = "L002"
    level = Severity.NOTE
    ignored: str
    used: str
    message = "{ignored} repeats {used}; converted once"
    remedy = "Nothing to do."


@finding
class PolicyOverruled(Finding):
    """One object names two different policies.

    Why: the operator uses only one of them (inline before targetRef before policy before
    trafficPolicyName; ngrok.com/ before k8s.ngrok.com/). The other had no effect.

    Example::

        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          trafficPolicyName: gateway-2025
          trafficPolicy: {targetRef: {name: gateway-2026}}

    Result: `gateway-2026` is converted for this endpoint. `gateway-2025` did nothing here, so none of
    its keys or rules are issued.
    """

    code = "L003"
    level = Severity.WARNING
    ignored: str
    used: str
    message = "{ignored} is overruled by {used} and had no effect"
    remedy = "Check that the overruled one was not the one you meant; delete it."


@finding
class EndpointTwice(Finding):
    """Two different policies claim the same endpoint.

    Why: only one of them can have been in force. Both are converted, the later one under a name
    with its file in it.

    Example::

        # old.yaml
        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          trafficPolicy:
            inline: {on_http_request: [{type: ai-gateway}]}
        ---
        # new.yaml
        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          trafficPolicy:
            inline: {on_http_request: [{type: oauth}, {type: ai-gateway}]}

    Result: two configurations and two sets of access keys for one endpoint. One of them is outdated,
    and its access keys open what nobody uses any more.
    """

    code = "L004"
    level = Severity.ERROR
    effect = Effect.MANUAL
    endpoint: str
    other: str
    message = "{endpoint} has another policy at {other}; both were converted"
    remedy = "Leave the outdated one out of the call."


@finding
class UnusedPolicy(Finding):
    """A policy object is used by no endpoint of the run.

    Why: it was converted under its own name, because its endpoint may simply not be among
    the inputs.

    Example::

        kind: NgrokTrafficPolicy
        metadata: {name: chat, namespace: team-a}
        spec:
          policy: {on_http_request: [{type: ai-gateway}]}

    Result: a unit named after namespace and object, with no endpoint.
    """

    code = "L005"
    level = Severity.NOTE
    name: str
    message = "no endpoint of this run uses {name}; converted under its own name"
    remedy = "Add the endpoint to the call, or ignore the result if the object is dead."


@finding
class WrongShape(Finding):
    """An object has a shape that no version of its schema had.

    Why: such shapes stand in public examples; ngrok's operator may have ignored the policy. It
    was read as its author meant it.

    Example::

        apiVersion: ngrok.k8s.io/v1alpha1
        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          trafficPolicy:
            on_http_request:
              - type: ai-gateway

    Result: converted like a policy below `spec.trafficPolicy.inline`, where the schema has it.
    """

    code = "L006"
    level = Severity.WARNING
    shape: str
    expected: str
    message = "{shape} is not where the schema has it ({expected}); read as it was meant"
    remedy = "Check that this policy was ever in force before you migrate it."


@finding
class ForwardedFrom(Finding):
    """Another endpoint with checks of its own forwards to this one.

    Why: requests came through a public endpoint whose policy could reject them, and ``forward-internal``
    sent the rest here. The checks of that policy are not part of this conversion.

    Example::

        kind: CloudEndpoint
        metadata: {name: public}
        spec:
          url: https://ai.example.com
          trafficPolicy:
            inline:
              on_http_request:
                - actions:
                    - type: restrict-ips
                      config: {enforce: true, allow: [203.0.113.0/24]}
                    - type: forward-internal
                      config: {url: "https://gateway.internal"}
        ---
        kind: AgentEndpoint
        metadata: {name: internal}
        spec:
          url: https://gateway.internal
          trafficPolicy:
            inline:
              on_http_request:
                - actions:
                    - type: ai-gateway

    Result: the access key of gateway.internal works from everywhere.
    """

    code = "L007"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    place: str
    actions: str
    message = "{place} forwards to this endpoint; what it checks first is not converted: {actions}"
    remedy = (
        "Decide what takes the place of these checks, and give access keys only to clients they let pass."
    )


@finding
class PolicyCopied(Finding):
    """The same policy for the same endpoint stands in another place too.

    Why: it is converted once, with both places as its sources.

    Example::

        kind: CloudEndpoint
        metadata: {name: a}
        spec:
          url: https://ai.example.com
          trafficPolicy: {inline: {on_http_request: [{actions: [{type: ai-gateway}]}]}}
        ---
        kind: CloudEndpoint
        metadata: {name: b}
        spec:
          url: https://ai.example.com
          trafficPolicy: {inline: {on_http_request: [{actions: [{type: ai-gateway}]}]}}

    Result: one unit with two sources.
    """

    code = "L008"
    level = Severity.NOTE
    other: str
    message = "the same policy for the same endpoint as at {other}; converted once"
    remedy = "Nothing to do."
