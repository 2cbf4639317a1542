"""Findings about provider keys, who pays, and the scope that follows from it."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class BuiltInWithoutKeys(Finding):
    """A built-in provider has no keys.

    Why: clients sent their own provider key through, or keys attached to the old gateway key paid.
    The new gateway passes no client keys on, so someone else pays now: a decision.

    Example::

        only_allow_configured_providers: true
        providers:
          - id: openai

    Result: by default ngrok credits pay, also for clients that sent no key, and models that ngrok does not
    price are refused; with `supply-key` a user step with a key of yours pays::

        {"provider": "openai", "steps": [{"type": "ngrok"}]}
    """

    code = "T301"
    level = Severity.WARNING
    effect = Effect.RECREDENTIALED
    provider: str
    chosen: str
    message = "provider {provider} has no keys; who pays for it: {chosen}"
    remedy = "Answer the decision: ngrok credits, or a provider key that you supply."
    settled = "Nothing to do for ngrok; for supply-key, supply the key."


@finding
class KeyNeeded(Finding):
    """A provider needs a key and has none.

    Why: ngrok has no inference of its own for it, so requests fail until a provider key exists.

    Example::

        providers:
          - id: groq

    Result: no routing rule for `groq`. With `supply-key` there is one, and a provider key whose value
    comes from an environment variable that you set.
    """

    code = "T302"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    chosen: str
    message = "provider {provider} has no keys and cannot run on ngrok credits; chosen: {chosen}"
    remedy = "Answer the decision with supply-key and supply the key, or drop the provider."
    settled = "For no-rule, tell clients that the provider is gone; for supply-key, supply the key."


@finding
class CustomWithoutKeys(Finding):
    """A custom provider has no keys.

    Why: ngrok's pages disagree. The contract says requests to it fail until a rule with a provider key
    exists; the guides for self-hosted models say that no key is needed.

    Example::

        providers:
          - id: ollama
            base_url: https://ollama.internal/v1
            models:
              - id: llama3.2

    Result: the provider is created without a routing rule, as the guides have it.
    """

    code = "T303"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    chosen: str
    message = "custom provider {provider} has no keys; chosen: {chosen}"
    remedy = "Try it; if requests fail, answer the decision with supply-key (any value will do for a server without authentication)."
    settled = "For no-rule, try it, and change the answer if requests fail; for supply-key, supply the key."


@finding
class KeyNotConstant(Finding):
    """A provider key is computed per request.

    Why: a stored provider key is constant. The entry is left out of the routing rule.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', req.headers['x-team'][0])}

    Result: no provider key. If it was the provider's only one, T301 or T302 asks who pays.

    What to do: the choice moves from the request to the access key. Convert one policy for each value,
    each with a constant key, and hand out the access keys accordingly.
    """

    code = "T304"
    level = Severity.ERROR
    effect = Effect.NARROWER
    provider: str
    message = "a key of {provider} is computed per request; left out"
    remedy = "Create one provider key and one configuration for each value it can have."


@finding
class OtherProviders(Finding):
    """Providers that the policy does not name.

    Why: nothing restricted the policy, and clients could reach other built-in providers with their own
    keys. At ngrok.ai the account's credits would pay for them. A policy that brought its own keys or
    providers is therefore limited to these until you say otherwise.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: an access scope that the policy did not have::

        {"access": {"providers": {"allow": ["openai"]}}}
    """

    code = "T305"
    level = Severity.WARNING
    effect = Effect.NARROWER
    message = (
        "built-in providers the policy does not name are closed: no credential of the policy paid for them"
    )
    remedy = "Answer the decision with allow to leave them open at the expense of ngrok credits."
    settled = "Nothing to do."


@finding
class OtherProvidersOpen(Finding):
    """Providers that the policy does not name are open.

    Why: your decision left them open. The account's credits pay for every request to them, also for
    clients that had no provider key of their own.

    Example::

        # migrator.yaml
        decisions:
          "other-providers:*": allow

    Result: the configuration of a policy like the one of T305 has no access scope.
    """

    code = "T310"
    level = Severity.WARNING
    effect = Effect.WIDER
    message = "built-in providers the policy does not name stay open, paid by ngrok credits"
    remedy = "Nothing to do if that is meant."


@finding
class CreditsPay(Finding):
    """Requests without a routing rule are paid by ngrok credits.

    Why: clients brought their own provider keys to providers without any. The new gateway passes
    none on: for a built-in provider without a routing rule the account's credits pay.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config: {}

    Result: an open configuration. Everybody with an access key spends the account's credits, at every
    built-in provider that ngrok has inference for, whether or not they had a provider key. Other providers,
    and models that ngrok does not price, are refused: a client's own key opens them no longer.
    """

    code = "T306"
    level = Severity.WARNING
    effect = Effect.RECREDENTIALED
    message = "built-in providers without a routing rule are paid by ngrok credits"
    remedy = "Create provider keys and routing rules if you want to pay the providers yourself."


@finding
class FailoverDiffers(Finding):
    """Failover between keys has other triggers.

    Why: the old gateway tried the next key after any error. The new one does so after 401, 403 and 429;
    after a 5xx or a timeout it goes on to the next model, and after other 4xx it stops.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}
              - value: ${secrets.get('openai', 'backup')}

    Result: the keys in the same order. A 503 with `openai-primary` no longer leads to `openai-backup`.
    """

    code = "T307"
    level = Severity.NOTE
    provider: str
    count: int
    message = "{count} keys of {provider} are tried in order, but only after 401, 403 or 429"
    remedy = "Have clients send fallback models in models if they rely on failover after 5xx."


@finding
class ManagedFallback(Finding):
    """An ngrok key may step in for your own.

    Why: ngrok's pages of September 2026 say that after 401, 403 or 429 of a customer key a managed key
    may be tried, billed to credits. Whether a rule with only a user step prevents it is not public.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: a rule with one user step. When OpenAI refuses the key, the request may still be answered,
    at the expense of credits.
    """

    code = "T308"
    level = Severity.NOTE
    effect = Effect.RECREDENTIALED
    message = "after a refused key of yours a key managed by ngrok may be tried and billed to credits"
    remedy = "Watch the usage page after the cut-over."


@finding
class AllListedModelsOff(Finding):
    """A provider offers no model.

    Why: only configured models were allowed, and none of this provider's is.

    Example::

        only_allow_configured_models: true
        providers:
          - id: anthropic
          - id: openai
            models:
              - id: gpt-4o

    Result: the access scope lists `openai` and its model; `anthropic` is not in it.
    """

    code = "T309"
    level = Severity.NOTE
    provider: str
    message = "provider {provider} lists no model, so it offered none; left out of the scope"
    remedy = "Nothing to do."


@finding
class ProviderAgain(Finding):
    """A policy lists two servers under one provider id.

    Why: an account has one provider of an id (27712), and a routing rule names it by that id; the old gateway
    read ids in any case of letters. The first entry is converted, the later one is left out. Where one of
    them is disabled, both are left out.

    Example::

        providers:
          - id: ollama
            base_url: https://gpu-1.internal
            models: [{id: llama3.2}]
          - id: ollama
            base_url: https://gpu-2.internal
            models: [{id: qwen3}]

    Result: the provider `ollama` with the first server and its models. `ollama:qwen3` ends in an error.
    """

    code = "T311"
    level = Severity.ERROR
    effect = Effect.NARROWER
    provider: str
    left: str
    message = "provider {provider} is listed again with another base_url; {left} left out"
    remedy = "Give the two servers different ids and convert again."
