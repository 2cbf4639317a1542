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
    unsteady = frozenset({"other"})
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
class PolicyCopied(Finding):
    """The same policy for the same endpoint stands in another place too.

    Why: it is converted once, with both places as its sources. An endpoint that ngrok's operator made of an Ingress, a
    Gateway or a Service repeats their policies, with the same checks in front of the same action.

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
    unsteady = frozenset({"other"})
    other: str
    message = "the same policy for the same endpoint as at {other}; converted once"
    remedy = "Nothing to do."


@finding
class ForwardFollowed(Finding):
    """A public endpoint forwards to the internal one that has the action.

    Why: requests met both policies, so they are converted as one: the checks of the first decide which access
    keys there are, the second what these may do.

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

    Result: one unit, `ai.example.com`, named after the endpoint that clients call. The network restriction of
    the public endpoint is reported as lost there.
    """

    code = "L009"
    level = Severity.NOTE
    unsteady = frozenset({"place"})
    place: str
    message = "requests come here through {place}; converted together with what is checked there"
    remedy = "Nothing to do."


@finding
class ObjectTwice(Finding):
    """Two places describe the same object, differently.

    Why: at most one of them says what is there now. The first one is taken, in the order of the files' names; of policy
    objects that of the file itself that names it, or of the nearest folder; one that is taken for no endpoint is told.

    Example::

        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: chat app}
        uri: https://api.ngrok.com/ai_gateway_api_keys
        ---
        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: "chat app, team B"}
        uri: https://api.ngrok.com/ai_gateway_api_keys

    Result: one access key, `chat app`, once its endpoint is among the inputs.
    """

    code = "L010"
    level = Severity.WARNING
    effect = Effect.MANUAL
    unsteady = frozenset({"other"})
    name: str
    other: str
    message = "{name} is described otherwise at {other}, which is taken"
    remedy = "Leave the outdated one out of the call."


@finding
class KeyWithoutGateway(Finding):
    """A key of the old gateway belongs to an endpoint without a gateway.

    Why: an access key is issued together with the configuration of its endpoint, and there is none.

    Example::

        {"ai_gateway_api_keys": [
          {"id": "aigk_2Yq", "description": "chat app", "endpoint": {"id": "ep_30a"}}
        ], "uri": "…"}

    Result: no access key for `chat app`: `ep_30a` is not among the endpoints that were given, or its policy
    has no ai-gateway action.
    """

    code = "L011"
    level = Severity.WARNING
    effect = Effect.NARROWER
    key: str
    endpoint: str
    message = "no access key for {key}: its endpoint {endpoint} has no gateway among the inputs"
    remedy = "Add the endpoint to the call, or tell the key's owner that the endpoint is gone."


@finding
class AttachedToNothing(Finding):
    """A provider key is attached to a gateway key that is not among the inputs.

    Why: which client it paid for cannot be told, so no configuration uses it.

    Example::

        {"ai_gateway_provider_keys": [
          {"id": "aigpk_2Zr", "provider_id": "openai", "ai_gateway_api_key": {"id": "aigk_2Yq"}}
        ], "uri": "…"}

    Result: nothing, until the list with `aigk_2Yq` is given too.
    """

    code = "L012"
    level = Severity.WARNING
    effect = Effect.MANUAL
    provider: str
    key: str
    message = "a provider key for {provider} is attached to {key}, which is not among the inputs"
    remedy = "Add the answer of GET /ai_gateway_api_keys to the call."


@finding
class ListCutShort(Finding):
    """A list of the API is not whole: its last page is not among the inputs.

    Why: what stands on the further pages was not read, and nothing tells what it is. A folder of `migrator pull`
    says the same in its `index.json` of a list that could not be had, even where nothing of it arrived.

    Example::

        {"endpoints": [{"id": "ep_30a", "url": "https://chat.example.com", "traffic_policy": "…"}],
         "next_page_uri": "https://api.ngrok.com/endpoints?before_id=ep_30a&limit=1"}

    Result: `https://chat.example.com` is converted. Endpoints on the next pages are not.
    """

    code = "L013"
    level = Severity.WARNING
    effect = Effect.MANUAL
    listed: str
    message = "the list of {listed} is not whole: its last page is not among the inputs"
    remedy = (
        "Save the page at `next_page_uri` and all that follow, or run `migrator pull`, which gets them all and goes on where "
        "it stopped."
    )


@finding
class ForwardNotFollowed(Finding):
    """Checks in front of a computed forward to a gateway are lost.

    Why: which endpoint a `forward-internal` with an expression in its `url` leads to depends on the request. The
    gateways that it may lead to are converted without the policy that forwards.

    Example::

        kind: CloudEndpoint
        metadata: {name: public}
        spec:
          url: https://ai.example.com
          trafficPolicy:
            inline:
              on_http_request:
                - actions:
                    - type: jwt-validation
                    - type: forward-internal
                      config: {url: "https://${req.headers['x-team'][0]}.internal"}
        ---
        kind: AgentEndpoint
        metadata: {name: research}
        spec:
          url: https://research.internal
          trafficPolicy:
            inline:
              on_http_request:
                - actions:
                    - type: ai-gateway

    Result: a configuration and an access key for `https://research.internal`, for which no token is asked.
    """

    code = "L014"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    refusing: str
    gateways: str
    message = "forward-internal to a computed address may lead to {gateways}: {refusing} on that way is not carried over"
    remedy = (
        "Hand access keys only to callers that were let through; where the address is known, write it into a copy of "
        "the policy and convert that."
    )


@finding
class GatewayNotFound(Finding):
    """A route's Gateway is not among the inputs.

    Why: an annotation of the Gateway may name a policy that requests meet before that of the route, such as a check
    of clients; and a route without hosts of its own answers those of the Gateway.

    Example::

        kind: HTTPRoute
        metadata: {name: chat}
        spec:
          parentRefs: [{name: edge, namespace: infra}]
          hostnames: [chat.example.com]
          rules:
            - filters:
                - type: ExtensionRef
                  extensionRef: {group: ngrok.k8s.ngrok.com, kind: NgrokTrafficPolicy, name: ai-gateway}
        ---
        kind: NgrokTrafficPolicy
        metadata: {name: ai-gateway}
        spec:
          policy: {on_http_request: [{type: ai-gateway}]}

    Result: a configuration for `https://chat.example.com`, in which nothing of the Gateway `infra/edge` is counted.
    """

    code = "L015"
    level = Severity.WARNING
    effect = Effect.MANUAL
    gateway: str
    message = "the Gateway {gateway} of this route is not among the inputs"
    remedy = "Add the file that holds it: a policy of its own may check clients in front of this one."
