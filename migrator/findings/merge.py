"""Findings of merging the units of a run."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class SettingsConflict(Finding):
    """The policies disagree about an account setting.

    Why: timeouts and token caps exist once per account. Choosing one value would change the limits of
    the other gateways, so nothing is emitted until you decide. A policy that sets no limit had the old
    default, so it disagrees too.

    Example::

        # team-a.yaml
        - type: ai-gateway
          config: {total_timeout: 30s}
        ---
        # team-b.yaml
        - type: ai-gateway
          config: {total_timeout: 5m}

    Result: `gatewayConfig` says nothing about `totalTimeout`, so the account keeps its own value. The
    decision lists both source lines.
    """

    code = "M001"
    level = Severity.ERROR
    effect = Effect.MANUAL
    unsteady = frozenset({"values"})
    setting: str
    values: str
    chosen: str
    message = "{setting} differs between the policies ({values}); chosen: {chosen}"
    remedy = "Answer the decision with one of the values, or with leave to keep the account's own."
    settled = "For leave, see that the value the account has suits all of them."


@finding
class ProviderCollision(Finding):
    """Two custom providers of one id point to different servers.

    Why: an account has one provider of an id (27712). One of them keeps it, the other gets an id with
    its host in it, which its clients must use.

    Example::

        # team-a.yaml
        providers:
          - id: ollama
            base_url: https://ollama-a.internal
        ---
        # team-b.yaml
        providers:
          - id: ollama
            base_url: https://ollama-b.internal

    Result: the providers `ollama` and `ollama-ollama-b-internal`. Access scope and routing rules of the
    second unit have the new id, and its clients send it in `model`.
    """

    code = "M002"
    level = Severity.WARNING
    effect = Effect.NARROWER
    unsteady = frozenset({"other"})
    provider: str
    renamed: str
    other: str
    message = "{provider} points to another server at {other}; this one becomes {renamed}"
    remedy = "Have clients of this unit send {renamed}:MODEL."


@finding
class ProviderRenamed(Finding):
    """A custom provider has an id of somebody's choice.

    Why: `provider-ids` of the decisions file gives it another id than the policy. Clients that name the provider
    in `model` have to send the new one.

    Example::

        # migrator.yaml
        provider-ids:
          ollama: ollama-eu

    Result: the provider `ollama-eu` in place of `ollama`, in access scope and routing rules as well.
    """

    code = "M011"
    level = Severity.WARNING
    effect = Effect.NARROWER
    provider: str
    renamed: str
    message = "{provider} becomes {renamed}, as was decided"
    remedy = "Have clients send {renamed}:MODEL."


@finding
class ProvidersMerged(Finding):
    """One custom provider stands in several policies.

    Why: they point to the same server, so one provider with the models of all of them is created, and with their
    alternate names: what one policy calls a model is that model for the clients of all. Access scopes still tell
    their clients apart.

    Example::

        # team-a.yaml
        providers:
          - id: ollama
            base_url: https://ollama.internal
            models: [{id: llama3.2}]
        ---
        # team-b.yaml
        providers:
          - id: ollama
            base_url: https://ollama.internal
            models: [{id: qwen3}]

    Result: one provider that both units use::

        {"providerId": "ollama", "models": [{"modelId": "llama3.2"}, {"modelId": "qwen3"}]}

    What to do: where clients must not reach the other policy's models, set
    `only_allow_configured_models: true` in the policy and convert again, or list the models in the
    configuration's access scope.
    """

    code = "M003"
    level = Severity.NOTE
    unsteady = frozenset({"count"})
    provider: str
    count: int
    message = "{provider} of {count} policies becomes one provider with all their models"
    remedy = "Nothing to do."


@finding
class NameShortened(Finding):
    """A name was too long.

    Why: the contract allows 255 characters. The end was cut; a digest keeps it apart from others.

    Example::

        providers:
          - id: ollama
            base_url: https://ollama.internal
            display_name: The machine under the desk in the corner, behind the door, …

    Result: the name ends in `…[` and eight hex digits. Refs and ids are not touched.
    """

    code = "M004"
    level = Severity.NOTE
    member: str
    limit: int
    message = "a {member} was cut to {limit} characters"
    remedy = "Nothing to do."


@finding
class MetadataTooLong(Finding):
    """Metadata does not fit.

    Why: the contract allows 4096 characters, and the migration's own mark has to stand in them.

    Example::

        kind: CloudEndpoint
        spec:
          url: https://chat.example.com
          metadata: '{"owner": "team-a", "notes": "All that we know about this endpoint: …"}'
          trafficPolicy:
            inline: {on_http_request: [{type: ai-gateway}]}

    Result: the metadata of the configuration is the mark alone; owner and notes are left out.
    """

    code = "M005"
    level = Severity.WARNING
    limit: int
    message = "metadata does not fit into {limit} characters with the migration's mark; left out"
    remedy = "Shorten it if anything reads it."


@finding
class ModelsDiffer(Finding):
    """Two policies describe one model of one custom provider differently.

    Why: an account has one entry for it. The first policy's stays.

    Example::

        # team-a.yaml
        providers:
          - id: ollama
            base_url: https://ollama.internal
            models: [{id: llama3.2}]
        ---
        # team-b.yaml
        providers:
          - id: ollama
            base_url: https://ollama.internal
            models: [{id: llama3.2, unsupported_params: [temperature]}]

    Result: one entry without `unsupportedParams`, so `temperature` also reaches the model for clients of
    the second policy.
    """

    code = "M006"
    level = Severity.WARNING
    unsteady = frozenset({"other"})
    provider: str
    model: str
    other: str
    message = "model {model} of {provider} is described differently at {other}; that one stays"
    remedy = "Make the two policies agree, or give one of the models another id."


@finding
class ModelNameTaken(Finding):
    """An alternate name of a model stands for another one in another policy.

    Why: policies that have one server share a custom provider, which has one entry for a name. A model's own
    name stands for that model; of two alternate names the first policy's stays.

    Example::

        # team-a.yaml
        providers:
          - id: vllm
            base_url: https://vllm.internal
            models: [{id: llama3.2, id_aliases: [fast]}]
        ---
        # team-b.yaml
        providers:
          - id: vllm
            base_url: https://vllm.internal
            models: [{id: qwen3, id_aliases: [fast]}]

    Result: `vllm:fast` is `llama3.2`. The second policy has no entry for the name any more, and its clients
    send `vllm:qwen3`; where its access scope lists no models, `vllm:fast` reaches `llama3.2` for them, too.
    """

    code = "M012"
    level = Severity.WARNING
    effect = Effect.NARROWER
    unsteady = frozenset({"other"})
    provider: str
    name: str
    now: str
    other: str
    message = "{name} of {provider} stands for another model at {other}, and keeps to that"
    remedy = "Have clients of this unit send {now}."


@finding
class OthersModelName(Finding):
    """Another policy's alternate names of models hold here, too.

    Why: policies that have one server share a custom provider. Where one of them lists alternate names, these
    stand for its models in the requests of all clients that may use any model of the server. Before, the
    server got such a name as it was.

    Example::

        # team-a.yaml
        providers:
          - id: vllm
            base_url: https://vllm.internal
            models: [{id: llama3.2, id_aliases: [fast]}]
        ---
        # team-b.yaml
        providers:
          - id: vllm
            base_url: https://vllm.internal

    Result: `vllm:fast` is `llama3.2` for clients of the second policy, too.

    What to do: if the server has a model of that name, list it in the second policy, which then keeps it.
    """

    code = "M013"
    level = Severity.NOTE
    effect = Effect.NARROWER
    unsteady = frozenset({"other", "names"})
    provider: str
    names: str
    other: str
    message = "clients of this unit that ask {provider} for {names} get what {other} calls so"
    remedy = "Nothing to do, unless the server itself has a model of that name which they ask for."


@finding
class ProviderDetailsDiffer(Finding):
    """Two policies describe one custom provider differently.

    Why: an account has one name and one metadata for it. The first policy's stay.

    Example::

        kind: CloudEndpoint
        metadata: {name: a}
        spec:
          url: https://a.example.com
          trafficPolicy:
            inline: {on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: llm, base_url: "https://llm.internal", display_name: One}]}}]}]}
        ---
        kind: CloudEndpoint
        metadata: {name: b}
        spec:
          url: https://b.example.com
          trafficPolicy:
            inline: {on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: llm, base_url: "https://llm.internal", display_name: Two}]}}]}]}

    Result: one provider named One.
    """

    code = "M007"
    level = Severity.NOTE
    unsteady = frozenset({"other"})
    provider: str
    other: str
    message = "the name or metadata of {provider} differs from that at {other}, which stays"
    remedy = "Make the two policies agree if it matters."


@finding
class PrimaryModelRefused(Finding):
    """A refused first model is not replaced by a fallback.

    Why: of a request with fallback models the old gateway dropped those that the policy did not allow, and
    tried the rest. The new one skips such a model among `models`, but where `model` itself is not allowed it
    refuses the request. Told once for a run: it holds for every configuration that restricts anything.

    Example::

        only_allow_configured_providers: true
        providers:
          - id: openai
            api_keys:
              - value: ${secrets.get('openai', 'primary')}

    Result: a request with `"model": "anthropic:claude-haiku-4-5"` and `"models": ["openai:gpt-4o"]` was answered
    by gpt-4o, and ends in an error now.
    """

    code = "M008"
    level = Severity.NOTE
    effect = Effect.NARROWER
    unsteady = frozenset({"count"})
    count: int
    message = "a request whose model is not allowed is refused, although one of its models would be (configurations: {count})"
    remedy = "Have clients send an allowed model as model."


@finding
class SurfacesTogether(Finding):
    """A custom provider serves an API format that this policy did not have.

    Why: several policies have the provider, and their `supported_api_surfaces` differ. An account has one
    provider of an id, so it serves what any of them says. A policy that lists none serves `openai`.

    Example::

        # team-a.yaml
        providers:
          - id: llm
            base_url: https://llm.internal
            models: [{id: llama3.2}]
        ---
        # team-b.yaml
        providers:
          - id: llm
            base_url: https://llm.internal
            models: [{id: llama3.2}]
            supported_api_surfaces: [{format: anthropic}]

    Result: `llm` serves both formats, for the clients of both policies::

        {"supportedApiSurfaces": [{"format": "openai"}, {"format": "anthropic"}]}

    What to do: give the provider another id in one of the policies if its clients must not use the other format.
    """

    code = "M009"
    level = Severity.WARNING
    effect = Effect.WIDER
    unsteady = frozenset({"other"})
    provider: str
    formats: str
    other: str
    message = "{provider} now also serves the {formats} format, as {other} says"
    remedy = "Give the provider another id in one of the policies, or accept it."


@finding
class SecretNotFound(Finding):
    """A policy names a secret that no vault of the account has.

    Why: the list of the account's secrets is among the inputs, and this one is not on it. Requests that needed
    it failed, or it was deleted since.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  providers:
                    - id: openai
                      api_keys:
                        - value: ${secrets.get('openai', 'primary')}
        ---
        secrets: []
        uri: https://api.ngrok.com/vault_secrets

    Result: the provider key `openai/primary` is in the manifest all the same; its value cannot be looked up in
    ngrok's vaults.
    """

    code = "M010"
    level = Severity.WARNING
    effect = Effect.MANUAL
    secret: str
    provider: str
    message = "no vault of the account has the secret {secret}, which a key for {provider} is taken from"
    remedy = "Ask who wrote the policy where the key is, or take it out of the policy."
