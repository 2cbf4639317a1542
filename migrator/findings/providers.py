"""Findings about providers, models and the access scope."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class ProviderWithoutUrl(Finding):
    """A provider is neither built in nor has a base URL.

    Why: the new gateway has no provider of that id and none can be created without a base URL.

    Example::

        providers:
          - id: my-llm
            api_keys:
              - value: ${secrets.get('my-llm', 'token')}

    Result: neither the provider nor its key is created, and requests for `my-llm:MODEL` end in an error.
    """

    code = "T101"
    level = Severity.ERROR
    effect = Effect.NARROWER
    provider: str
    message = "provider {provider} is not built in and has no base_url; left out"
    remedy = "Add its base_url and convert again, or correct the id."


@finding
class ProviderIdTaken(Finding):
    """A custom provider has the id of a built-in one.

    Why: built-in ids are reserved (27705), so a provider that points somewhere else needs another
    id, and clients must use it in `model`.

    Example::

        providers:
          - id: openai
            base_url: https://llm-proxy.example.com/v1
            api_keys:
              - value: ${secrets.get('proxy', 'token')}

    Result: another id; `openai:gpt-4o` becomes `openai-custom:gpt-4o` for clients::

        {"providerId": "openai-custom", "name": "openai-custom", "baseUrl": "https://llm-proxy.example.com/v1"}

    What to do: if the server is only another way to the built-in provider, answer the decision
    `reserved-id` with `built-in`: the base URL is dropped and the keys are used with the provider
    itself.
    """

    code = "T102"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    renamed: str
    message = "the id {provider} is reserved for a built-in provider; this one becomes {renamed}"
    remedy = "Have clients send {renamed}:MODEL instead of {provider}:MODEL, or answer the decision."
    settled = "Have clients send {renamed}:MODEL instead of {provider}:MODEL."


@finding
class BaseUrlRefused(Finding):
    """A base URL is not one the new gateway calls.

    Why: it takes https, and plain http only for `*.internal` hosts (27718). Such a provider cannot
    be created, so it is left out.

    Example::

        providers:
          - id: ollama
            base_url: http://localhost:11434/v1

    Result: left out. Behind an internal endpoint of your account it can be created::

        providers:
          - id: ollama
            base_url: https://ollama.internal/v1
    """

    code = "T103"
    level = Severity.ERROR
    effect = Effect.NARROWER
    provider: str
    reason: str
    message = "provider {provider} cannot be created: {reason}; left out"
    remedy = "Put the server behind an ngrok endpoint ending in .internal, use that as base_url, and convert again."


@finding
class BaseUrlNotConstant(Finding):
    """A base URL is computed per request or holds a credential.

    Why: the new gateway stores one constant URL, and a credential must not stand in it.

    Example::

        providers:
          - id: regional-llm
            base_url: https://${req.headers['x-region'][0]}.llm.example.com/v1

    Result: left out. Constant, it would be one provider for each region, chosen by clients in `model`.
    """

    code = "T104"
    level = Severity.ERROR
    effect = Effect.NARROWER
    provider: str
    reason: str
    message = "provider {provider} cannot be created: its base_url {reason}; left out"
    remedy = "Write a constant base_url without credentials and convert again."


@finding
class ProviderAliasLost(Finding):
    """A provider's alternate id stops working.

    Why: the new gateway resolves no aliases.

    Example::

        providers:
          - id: openai
            id_aliases: [oai]

    Result: `oai:gpt-4o` ends in an error, `openai:gpt-4o` works.
    """

    code = "T105"
    level = Severity.WARNING
    effect = Effect.NARROWER
    alias: str
    provider: str
    message = "alternate provider id {alias} stops working"
    remedy = "Have clients send {provider}:MODEL instead of {alias}:MODEL."


@finding
class ModelAliasLost(Finding):
    """An alternate name of a built-in model stops working.

    Why: the new gateway resolves no aliases. A virtual model may take the name; its API is not
    public, so none is emitted.

    Example::

        providers:
          - id: openai
            models:
              - id: gpt-4o-mini
                id_aliases: [fast]

    Result: a request for `fast` ends in an error, one for `openai:gpt-4o-mini` works.

    What to do: virtual models belong to the account. Create one with the alias as its name and the
    model as its only target; the model itself must stand in the access scope, the virtual model must
    not.
    """

    code = "T106"
    level = Severity.WARNING
    effect = Effect.NARROWER
    alias: str
    model: str
    task: str
    message = "alternate model name {alias} stops working"
    remedy = "Have clients send {model}{task}."


@finding
class ProviderDisabled(Finding):
    """A provider was disabled.

    Why: it served nothing, so it is not created and stays out of the access scope.

    Example::

        providers:
          - id: groq
            disabled: true
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: the access scope lists `openai` only; `groq` gets no routing rule.
    """

    code = "T107"
    level = Severity.NOTE
    provider: str
    message = "provider {provider} is disabled; left out"
    remedy = "Nothing to do."


@finding
class ScopeEnumerated(Finding):
    """An exclusion became a list of everything else.

    Why: the new access scope has allow lists only. Excluding something means listing all others
    of today's catalogue; what appears later is denied.

    Example::

        providers:
          - id: groq
            disabled: true

    Result: every other built-in provider is listed::

        {"access": {"providers": {"allow": ["openai", "anthropic", "google", "deepseek", "openrouter", "hyperbolic",
            "inceptionlabs", "inference-net"]}}}
    """

    code = "T108"
    level = Severity.WARNING
    effect = Effect.NARROWER
    excluded: str
    dimension: str
    count: int
    as_of: str
    message = "{excluded} excluded by listing the {count} other {dimension} known on {as_of}"
    remedy = "Add new {dimension} to the configuration's access scope as you need them."


@finding
class DescriptionNotCarried(Finding):
    """Descriptive fields have no counterpart.

    Why: they described a provider or model and decided nothing unless a selection strategy read
    them. A provider's display name and metadata are kept for custom providers.

    Example::

        providers:
          - id: openai
            description: Main account
            models:
              - id: gpt-4o
                max_context_window: 128000

    Result: the fields count as having no effect.
    """

    code = "T110"
    level = Severity.NOTE
    fields: str
    subject: str
    message = "{fields} of {subject} not carried over; nothing but strategies read them"
    remedy = "Nothing to do."


@finding
class BareModelName(Finding):
    """Models of a custom provider need its id in front.

    Why: the old gateway found a configured model by its bare name; the new one finds a custom model
    only as `provider:model`.

    Example::

        providers:
          - id: ollama
            base_url: https://ollama.internal/v1
            models:
              - id: llama3.2

    Result: a request for `llama3.2` ends in an error, one for `ollama:llama3.2` works.
    """

    code = "T111"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    example: str
    message = "models of {provider} are no longer found by their bare names"
    remedy = "Have clients send {example}."


@finding
class ModelRenamed(Finding):
    """A configured model is an alternate name.

    Why: the old gateway resolved it; the new one does not. The access scope has the real name.

    Example::

        only_allow_configured_models: true
        providers:
          - id: openai
            models:
              - id: gpt-4o-2024-08-06

    Result: clients that send the old name are refused::

        {"access": {"providers": {"allow": ["openai"]}, "models": {"allow": ["openai:openai/gpt-4o"]}}}
    """

    code = "T112"
    level = Severity.WARNING
    effect = Effect.NARROWER
    model: str
    real: str
    message = "{model} is an alternate name of {real}"
    remedy = "Have clients send {real}."


@finding
class ModelRetired(Finding):
    """A model is no longer offered.

    Why: it was in the old catalogue and is not in the new one; requests for it end in an error.

    Example::

        only_allow_configured_models: true
        providers:
          - id: google
            models:
              - id: gemini-2.0-flash

    Result: the model is listed as it was, but nothing answers to its name any more.
    """

    code = "T113"
    level = Severity.WARNING
    effect = Effect.NARROWER
    model: str
    as_of: str
    message = "{model} is not in the catalogue of {as_of}"
    remedy = "Choose a current model for the clients that send it, and add it to the access scope."


@finding
class ModelUnknown(Finding):
    """A model is in no catalogue.

    Why: unknown models of a built-in provider are passed on as they are written. A spelling mistake
    in an allow list would deny what it was meant to allow.

    Example::

        only_allow_configured_models: true
        providers:
          - id: openai
            models:
              - id: gpt-4o-latest

    Result: listed as `openai:openai/gpt-4o-latest`.
    """

    code = "T114"
    level = Severity.WARNING
    model: str
    message = "{model} is in no catalogue; listed as written"
    remedy = "Check the spelling with the provider."


@finding
class ParamsOfBuiltIn(Finding):
    """Parameter filters of a built-in provider have no counterpart.

    Why: only custom providers take `unsupportedParams` and `supportedApiSurfaces`. A parameter
    that was filtered out now reaches the provider, which may refuse the request.

    Example::

        providers:
          - id: openai
            models:
              - id: o3-mini
                unsupported_params:
                  - name: temperature

    Result: a request with `temperature` reaches OpenAI with it and is refused there.
    """

    code = "T115"
    level = Severity.WARNING
    effect = Effect.NARROWER
    fields: str
    provider: str
    message = "{fields} of the built-in provider {provider} not carried over"
    remedy = "Have clients leave the affected parameters out."


@finding
class AliasBecomesModel(Finding):
    """An alternate name became a model entry.

    Why: a custom provider may offer one upstream model under several names.

    Example::

        providers:
          - id: ollama
            base_url: https://ollama.internal/v1
            models:
              - id: llama3.2:3b
                id_aliases: [small]

    Result: two entries, one upstream model::

        {"models": [{"modelId": "llama3.2:3b"}, {"modelId": "small", "providerModelId": "llama3.2:3b"}]}
    """

    code = "T116"
    level = Severity.NOTE
    alias: str
    model: str
    message = "alternate name {alias} becomes a model entry that calls {model}"
    remedy = "Nothing to do."


@finding
class NothingAllowed(Finding):
    """The allow list is empty.

    Why: the policy allowed only what it configured and configured nothing that can be offered.
    An empty list blocks every request.

    Example::

        only_allow_configured_models: true
        providers:
          - id: openai

    Result: a configuration whose access keys are refused everywhere, as the policy refused everything::

        {"access": {"providers": {"allow": []}, "models": {"allow": []}}}
    """

    code = "T117"
    level = Severity.WARNING
    effect = Effect.NONE
    dimension: str
    message = "the list of allowed {dimension} is empty: every request is refused"
    remedy = "Add what should be allowed to the policy or to the configuration's access scope."


@finding
class ProviderTwice(Finding):
    """A policy lists one provider twice.

    Why: both entries are merged: keys in order, models of both.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'backup')}

    Result: one routing rule for `openai` whose user step tries `openai-primary`, then `openai-backup`.
    """

    code = "T118"
    level = Severity.WARNING
    provider: str
    message = "provider {provider} is listed twice; the entries are merged"
    remedy = "Check the order of the keys in the result."


@finding
class ProviderNameShared(Finding):
    """Two providers of a policy answer to one name.

    Why: names were the same in any case of letters, and an alternate name could be another provider's.
    ngrok's pages do not say which of the two the old gateway took. The new one resolves no alternate
    names: an id means one provider.

    Example::

        providers:
          - id: llm
            base_url: https://llm.internal
          - id: openai
            id_aliases: [llm]

    Result: both providers. `llm:MODEL` is sent to the first server; where the old gateway took openai
    for it, clients have to send `openai:MODEL`.
    """

    code = "T124"
    level = Severity.WARNING
    effect = Effect.MANUAL
    name: str
    provider: str
    other: str
    message = "{name} stood for {provider} and for {other}; which of them the old gateway took is not public"
    remedy = "Let clients name the one that they mean: {provider}:MODEL or {other}:MODEL."


@finding
class ModelNameShared(Finding):
    """A model's name stands for another model, too.

    Why: the old gateway looked for a name among all models that a client could reach. ngrok's pages do not
    say which one it took where two had the name. The new one takes a name without a provider for a model of
    its catalogue, and with one for that provider's model of exactly this name.

    Example::

        providers:
          - id: z-ai
            api_keys:
              - value: ${secrets.get('z-ai', 'primary')}
            models:
              - id: gpt-4o
          - id: openai

    Result: `gpt-4o` is the model of openai now. For the other one, clients send `z-ai:gpt-4o`.
    """

    code = "T125"
    level = Severity.NOTE
    effect = Effect.MANUAL
    name: str
    model: str
    other: str
    message = "{name} stood for {model} and for {other}; which of them the old gateway took is not public"
    remedy = "Let clients name the provider, too."


@finding
class ModelTwice(Finding):
    """A custom provider would have two models of one name.

    Why: the new product refuses that (27711). The first stays, and one that is disabled keeps its name.

    Example::

        providers:
          - id: ollama
            base_url: https://ollama.internal/v1
            models:
              - id: llama3.2
              - id: llama3.2:3b
                id_aliases: [llama3.2]

    Result: `llama3.2` keeps calling the first model; the alternate name of the second is left out.
    """

    code = "T119"
    level = Severity.WARNING
    effect = Effect.NARROWER
    model: str
    provider: str
    message = "provider {provider} already has a model {model}; the later entry is left out"
    remedy = "Rename one of the two."


@finding
class ProviderWithoutModels(Finding):
    """Excluding a model closes a provider that lists none.

    Why: an exclusion becomes a list of all other models. A provider without models in the policy and in
    the catalogue has no entry in it, so all its models are denied.

    Example::

        providers:
          - id: openai
            models:
              - id: gpt-4o
                disabled: true
          - id: openrouter
            api_keys:
              - value: ${secrets.get('openrouter', 'primary')}

    Result: ``access.models.allow`` lists models of openai, none of openrouter.
    """

    code = "T120"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    message = "no model of {provider} is known, so the list of allowed models closes it"
    remedy = "List the models you use of it in the policy, or add them to the configuration's access scope."


@finding
class BaseUrlDropped(Finding):
    """A base URL is not used.

    Why: your decision takes the built-in provider of that id instead of the server the policy named. Its
    keys go to another host now.

    Example::

        providers:
          - id: openai
            base_url: https://proxy.example.com/v1

    Result: with the decision ``reserved-id: built-in`` requests go to OpenAI itself, which the policy never
    reached, and no longer to the proxy.
    """

    code = "T121"
    level = Severity.WARNING
    effect = Effect.WIDER
    provider: str
    message = "the base_url is not used: by decision this is the built-in provider {provider}"
    remedy = "Supply a key that is meant for {provider} itself."
