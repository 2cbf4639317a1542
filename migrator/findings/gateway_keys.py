"""Findings about the keys of the old gateway and the provider keys that were attached to them."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class GatewayKeysCarried(Finding):
    """Clients had keys of the old gateway.

    Why: the old keys open nothing any more, and their tokens cannot be moved. Each gets an access key with its
    description and metadata, bound to the configuration of its endpoint.

    Example::

        endpoints:
          - id: ep_30a
            url: https://chat.example.com
            traffic_policy: |
              on_http_request: [{actions: [{type: ai-gateway}]}]
        uri: https://api.ngrok.com/endpoints
        ---
        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: chat app, endpoint: {id: ep_30a}}
        uri: https://api.ngrok.com/ai_gateway_api_keys

    Result: an access key `https://chat.example.com / chat app`. Clients that sent no key at all need one of
    the keys too.
    """

    code = "T320"
    level = Severity.NOTE
    effect = Effect.MANUAL
    keys: str
    message = "one access key for each key of the old gateway: {keys}"
    remedy = "Give each client its token and the URL https://gateway.ngrok.ai once the access keys exist."


@finding
class KeyNeverUsed(Finding):
    """A key of the old gateway was never used.

    Why: it has no `last_used`. An access key that nobody needs is one more to be stolen.

    Example::

        endpoints:
          - id: ep_30a
            url: https://chat.example.com
            traffic_policy: |
              on_http_request: [{actions: [{type: ai-gateway}]}]
        uri: https://api.ngrok.com/endpoints
        ---
        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: chat app, endpoint: {id: ep_30a}, last_used: null}
        uri: https://api.ngrok.com/ai_gateway_api_keys

    Result: an access key `https://chat.example.com / chat app` all the same; take it out of the manifest if nobody claims it.
    """

    code = "T321"
    level = Severity.NOTE
    effect = Effect.MANUAL
    key: str
    message = "the old key {key} was never used; it gets an access key all the same"
    remedy = "Take the access key out of the manifest unless somebody needs it."


@finding
class AttachedKeysCarried(Finding):
    """A key of the old gateway had provider keys of its own.

    Why: they replaced the keys of the policy for this client, and were tried newest first. Their values are
    nowhere to be read, so you supply them again. As everywhere, alternate names of the provider and of its models
    are resolved no longer.

    Example::

        endpoints:
          - id: ep_30a
            url: https://chat.example.com
            traffic_policy: |
              on_http_request: [{actions: [{type: ai-gateway}]}]
        uri: https://api.ngrok.com/endpoints
        ---
        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: chat app, endpoint: {id: ep_30a}}
        uri: https://api.ngrok.com/ai_gateway_api_keys
        ---
        ai_gateway_provider_keys:
          - id: aigpk_2Zr
            provider_id: openai
            created_at: "2026-05-02T10:00:00Z"
            ai_gateway_api_key: {id: aigk_2Yq}
          - id: aigpk_2Zs
            provider_id: openai
            created_at: "2026-06-02T10:00:00Z"
            ai_gateway_api_key: {id: aigk_2Yq}
        uri: https://api.ngrok.com/ai_gateway_provider_keys

    Result: the access key of `aigk_2Yq` has a configuration of its own. Its rule for `openai` has a user step
    with two keys, `aigpk_2Zs` before `aigpk_2Zr`.
    """

    code = "T322"
    level = Severity.NOTE
    effect = Effect.MANUAL
    key: str
    provider: str
    count: int
    message = (
        "the old key {key} paid for {provider} with {count} keys of its own; the values have to be supplied"
    )
    remedy = (
        "Set the environment variables that the manifest names for them; the client has to use the provider's and "
        "the models' own names."
    )


@finding
class AttachedKeyUnused(Finding):
    """An attached provider key is for a provider that clients could not reach.

    Why: its scope or its strategies leave the provider out, the provider is disabled, what clients called so was
    another provider by its alternate id, or the new gateway does not have it. A rule for it would do nothing, so the key is not created.

    Example::

        endpoints:
          - id: ep_30a
            url: https://chat.example.com
            traffic_policy: |
              on_http_request: [{actions: [{type: ai-gateway, config: {only_allow_configured_providers: true, providers: [{id: openai}]}}]}]
        uri: https://api.ngrok.com/endpoints
        ---
        ai_gateway_api_keys:
          - {id: aigk_2Yq, description: chat app, endpoint: {id: ep_30a}}
        uri: https://api.ngrok.com/ai_gateway_api_keys
        ---
        ai_gateway_provider_keys:
          - id: aigpk_2Zr
            provider_id: groq
            created_at: "2026-05-02T10:00:00Z"
            ai_gateway_api_key: {id: aigk_2Yq}
        uri: https://api.ngrok.com/ai_gateway_provider_keys

    Result: no provider key for `groq`.
    """

    code = "T323"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    key: str
    message = (
        "a provider key for {provider} was attached to {key}, whose endpoint does not let it reach {provider}"
    )
    remedy = (
        "Nothing to do if clients never used the provider; else allow it in the policy and convert again."
    )
