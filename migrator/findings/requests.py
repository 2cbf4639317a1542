"""Findings about what the configuration did to requests, failures and the account."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class AuthenticationHeaderLost(Finding):
    """A header that authenticated to the provider is lost.

    Why: the new gateway adds no headers of yours. Without this one the provider may refuse every
    request.

    Example::

        headers:
          api-key: ${secrets.get('azure', 'key')}
        providers:
          - id: azure
            base_url: https://my-models.openai.azure.com/openai/v1

    Result: no request carries `api-key`. A provider key is sent instead, where one is configured::

        providers:
          - id: azure
            base_url: https://my-models.openai.azure.com/openai/v1
            api_keys:
              - value: ${secrets.get('azure', 'key')}
    """

    code = "T401"
    level = Severity.ERROR
    effect = Effect.NARROWER
    name: str
    message = "header {name} was added to provider requests; it looks like authentication"
    remedy = "Supply the credential as a provider key instead."


@finding
class HeaderLost(Finding):
    """A header added to provider requests is lost.

    Why: the new gateway adds no headers of yours.

    Example::

        headers:
          X-Team: research
        providers:
          - id: openai

    Result: requests reach the provider without `X-Team`.
    """

    code = "T402"
    level = Severity.WARNING
    effect = Effect.MANUAL
    name: str
    kind: str
    message = "header {name} ({kind}) is no longer added to provider requests"
    remedy = "Have clients send it if the provider needs it."


@finding
class QueryFolded(Finding):
    """A query parameter moved into the base URL.

    Why: it is constant, and a custom provider's base URL may carry it.

    Example::

        query_params:
          api-version: 2024-10-21
        providers:
          - id: azure
            base_url: https://my-models.openai.azure.com/openai

    Result: the parameter is part of the provider::

        {"providerId": "azure", "baseUrl": "https://my-models.openai.azure.com/openai?api-version=2024-10-21"}
    """

    code = "T403"
    level = Severity.NOTE
    name: str
    provider: str
    message = "query parameter {name} moved into the base URL of {provider}"
    remedy = "Nothing to do."


@finding
class QueryLost(Finding):
    """A query parameter added to provider requests is lost.

    Why: only a custom provider's base URL can carry a constant parameter.

    Example::

        query_params:
          client: ${req.headers['x-team'][0]}
        providers:
          - id: llm
            base_url: https://llm.example.com/v1

    Result: requests reach the provider without `client`.
    """

    code = "T404"
    level = Severity.WARNING
    effect = Effect.MANUAL
    name: str
    reason: str
    message = "query parameter {name} is no longer added: {reason}"
    remedy = "Check whether the provider needs it."


@finding
class CredentialQueryLost(Finding):
    """A credential in a query parameter is lost.

    Why: it would have to stand in the base URL, where everybody who may read providers could see it.

    Example::

        query_params:
          api_key: ${secrets.get('llm', 'token')}
        providers:
          - id: llm
            base_url: https://llm.example.com/v1

    Result: requests reach the provider without `api_key`, and it will refuse them.
    """

    code = "T405"
    level = Severity.ERROR
    effect = Effect.NARROWER
    name: str
    message = "query parameter {name} looks like a credential; not folded into a base URL"
    remedy = "Supply it as a provider key if the provider takes it that way."


@finding
class BodyOverrideLost(Finding):
    """A body member that overrode the client's is lost.

    Why: the new gateway changes no request bodies.

    Example::

        body:
          temperature: 0.2
          max_tokens: 1000
        providers:
          - id: openai

    Result: clients choose both. `max_tokens` was a limit on cost; an account-wide cap on output tokens
    is the nearest setting.
    """

    code = "T406"
    level = Severity.WARNING
    effect = Effect.WIDER
    name: str
    kind: str
    message = "body member {name} ({kind}) is no longer set; clients decide it themselves"
    remedy = "Have clients send it."


@finding
class OnErrorContinue(Finding):
    """Failures are no longer handed to the next action.

    Why: the new gateway answers failures itself; there is no action behind it.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  on_error: continue
              - type: custom-response
                config: {status_code: 503, body: try again later}

    Result: clients get the gateway's own error. For a second choice of model they send `models`.
    """

    code = "T501"
    level = Severity.WARNING
    effect = Effect.NARROWER
    message = "on_error: continue has no counterpart; what followed the gateway does not run"
    remedy = "Handle failures in the client."


@finding
class SettingIsAccountWide(Finding):
    """A limit of one gateway becomes a setting of the whole account.

    Why: timeouts and token caps exist once per account. The setting also applies to access keys that
    have nothing to do with this migration.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  total_timeout: 2m

    Result: one change of the account, if all policies of the run agree (else M001)::

        {"gatewayConfig": {"body": {"totalTimeout": "2m"}}}
    """

    code = "T502"
    level = Severity.WARNING
    effect = Effect.MANUAL
    setting: str
    value: str
    message = "{setting} {value} becomes an account setting, for every access key"
    remedy = "Check that every other user of the account can live with it before you apply it."
