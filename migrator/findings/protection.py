"""Findings about what stood around the action: lost protection, clients, answers."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class LostAuthentication(Finding):
    """A check of the caller's identity is lost.

    Why: the new gateway knows callers by access key only.

    Example::

        on_http_request:
          - actions:
              - type: oauth
                config: {provider: google}
              - type: ai-gateway

    Result: one access key. Whoever holds it is let in, without a login.
    """

    code = "T601"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    message = "{action} in front of the gateway has no counterpart"
    remedy = "Hand access keys only to callers it let through, or keep an endpoint with it in front of your clients."


@finding
class LostNetworkRestriction(Finding):
    """A restriction by network address is lost.

    Why: an access key works from everywhere.

    Example::

        on_http_request:
          - actions:
              - type: restrict-ips
                config: {enforce: true, allow: [203.0.113.0/24]}
              - type: ai-gateway

    Result: one access key that is not bound to 203.0.113.0/24.

    What to do: where the network must decide, keep an endpoint of your own in front: it runs
    `restrict-ips`, then sends requests on to https://gateway.ngrok.ai with an access key that clients
    never see.
    """

    code = "T602"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    message = "{action} in front of the gateway has no counterpart: access keys work from everywhere"
    remedy = "Keep access keys inside the network they were meant for; rotate them when they leave it."


@finding
class LostThrottling(Finding):
    """A limit on the rate of requests is lost.

    Why: the new gateway has none per client.

    Example::

        on_http_request:
          - actions:
              - type: rate-limit
                config:
                  name: per-client
                  algorithm: sliding_window
                  capacity: 100
                  rate: 60s
                  bucket_key: [conn.client_ip]
              - type: ai-gateway

    Result: a client may send as many requests as the provider's own limits allow.
    """

    code = "T603"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    message = "{action} in front of the gateway has no counterpart"
    remedy = "Limit spending with the provider, or throttle in the clients."


@finding
class LostInspection(Finding):
    """An inspection of requests is lost.

    Why: the new gateway runs no web application firewall. Firewall policies block by pattern only.

    Example::

        on_http_request:
          - actions:
              - type: owasp-crs-request
                config: {on_error: halt}
              - type: ai-gateway

    Result: requests are not inspected.
    """

    code = "T604"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    message = "{action} in front of the gateway has no counterpart"
    remedy = "Create a firewall policy for what matters in the dashboard (firewall policies, mode enforce)."


@finding
class LostRejection(Finding):
    """A rule that rejected requests is lost.

    Why: its condition is no check of a client credential that an access key could replace.

    Example::

        on_http_request:
          - expressions: ["conn.geo.country_code != 'DE'"]
            actions:
              - type: deny
                config: {status_code: 403}
          - actions:
              - type: ai-gateway

    Result: the access key also works for requests that the rule refused.
    """

    code = "T605"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    action: str
    condition: str
    message = "{action} when {condition} has no counterpart"
    remedy = "Decide whether access keys alone protect enough; else keep an endpoint with this rule in front."


@finding
class LostRequestRewrite(Finding):
    """Request bodies are no longer rewritten.

    Why: the new gateway passes bodies on as they are. What was redacted or added before reaches the
    provider unchanged.

    Example::

        on_http_request:
          - actions:
              - type: request-body-find-replace
                config:
                  replacements:
                    - {from: "[0-9]{3}-[0-9]{2}-[0-9]{4}", to: "[SSN]"}
              - type: ai-gateway

    Result: social security numbers in prompts reach the provider.
    """

    code = "T606"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    patterns: str
    message = "request-body-find-replace has no counterpart: {patterns}"
    remedy = "Redact in the clients; or block by the same patterns with a firewall policy (mode enforce), which cannot rewrite."


@finding
class RequestShapingLost(Finding):
    """A change of request headers or URL in front of the gateway is lost.

    Why: nothing of yours runs in front of the new gateway.

    Example::

        on_http_request:
          - actions:
              - type: add-headers
                config: {headers: {x-team: research}}
              - type: ai-gateway

    Result: requests arrive as clients send them.
    """

    code = "T607"
    level = Severity.WARNING
    effect = Effect.MANUAL
    action: str
    message = "{action} in front of the gateway has no counterpart"
    remedy = "Have clients send what the provider needs."


@finding
class LostAnswer(Finding):
    """Some requests were answered or redirected in front of the gateway.

    Why: they now reach the gateway, or nothing.

    Example::

        on_http_request:
          - expressions: ["req.url.path == '/health'"]
            actions:
              - type: custom-response
                config: {status_code: 200, body: ok}
          - actions:
              - type: ai-gateway

    Result: https://gateway.ngrok.ai does not answer `/health` for you.
    """

    code = "T608"
    level = Severity.WARNING
    effect = Effect.MANUAL
    action: str
    condition: str
    message = "{action} when {condition} answered before the gateway did"
    remedy = "Keep it on the endpoint (see the residual policy) if anybody relies on it."


@finding
class RoutedElsewhere(Finding):
    """Some requests went to another endpoint.

    Why: `forward-internal` in front of the gateway sent them away. The residual policy keeps it.

    Example::

        on_http_request:
          - expressions: ["!req.url.path.startsWith('/v1')"]
            actions:
              - type: forward-internal
                config: {url: "https://app.internal"}
          - actions:
              - type: ai-gateway

    Result: the rule stays on the endpoint; only AI clients change their URL.
    """

    code = "T609"
    level = Severity.WARNING
    effect = Effect.MANUAL
    condition: str
    message = "forward-internal when {condition} sent requests elsewhere before the gateway"
    remedy = "Keep it on the endpoint (see the residual policy)."


@finding
class ResponseModificationLost(Finding):
    """A change of answers is lost.

    Why: the new gateway passes answers on as they are, streamed or not.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
        on_http_response:
          - actions:
              - type: response-body-find-replace
                config:
                  replacements:
                    - {from: "internal[.]example[.]com", to: "[host]"}

    Result: answers reach clients with the names that were hidden.
    """

    code = "T610"
    level = Severity.WARNING
    effect = Effect.LOST_PROTECTION
    action: str
    message = "{action} on responses has no counterpart"
    remedy = "Do it in the clients."


@finding
class SideEffectLost(Finding):
    """Logging or a call around the gateway is lost.

    Why: nothing of yours runs around the new gateway.

    Example::

        on_http_request:
          - actions:
              - type: log
                config: {metadata: {team: research}}
              - type: ai-gateway

    Result: no log entry. The usage page and the headers `Ngrok-AIG-Request-Id` and `Ngrok-AIG-Model`
    tell what a request did.
    """

    code = "T611"
    level = Severity.WARNING
    effect = Effect.MANUAL
    action: str
    message = "{action} around the gateway no longer runs"
    remedy = "Use the usage API and the response headers of the new gateway."


@finding
class VariablesLost(Finding):
    """Variables are no longer computed.

    Why: `set-vars` has no counterpart; variables only matter to rules that are gone too.

    Example::

        on_http_request:
          - actions:
              - type: set-vars
                config:
                  vars:
                    - region: ${conn.geo.country_code}
              - type: ai-gateway

    Result: nothing takes its place. Variables that a client check reads are understood with the check.
    """

    code = "T612"
    level = Severity.NOTE
    message = "set-vars has no counterpart"
    remedy = "Nothing to do; the rules that use the variables are reported on their own."


@finding
class TlsSettingsLost(Finding):
    """TLS settings of the endpoint are lost.

    Why: clients connect to gateway.ngrok.ai with its own certificate and TLS versions.

    Example::

        on_tcp_connect:
          - actions:
              - type: terminate-tls
                config: {min_version: "1.3"}
        on_http_request:
          - actions:
              - type: ai-gateway

    Result: the TLS settings of gateway.ngrok.ai apply.
    """

    code = "T613"
    level = Severity.WARNING
    effect = Effect.MANUAL
    message = "terminate-tls has no counterpart"
    remedy = "Have clients trust the certificate of gateway.ngrok.ai."


@finding
class LostClientCertificates(Finding):
    """Client certificates are no longer checked.

    Why: the new gateway knows callers by access key only.

    Example::

        on_tcp_connect:
          - actions:
              - type: terminate-tls
                config: {mutual_tls_verification_strategy: require-and-verify}
        on_http_request:
          - actions:
              - type: ai-gateway

    Result: one access key that works without a certificate.
    """

    code = "T614"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    message = "terminate-tls checked client certificates; access keys do not"
    remedy = "Hand access keys only to holders of a certificate, or keep an endpoint with it in front of your clients."


@finding
class SecondClientCheck(Finding):
    """A second check of a client credential is lost.

    Why: callers had to pass both; an access key replaces only one.

    Example::

        on_http_request:
          - expressions: ["req.headers['x-api-key'][0] != secrets.get('clients', 'team-a')"]
            actions:
              - type: deny
          - actions:
              - type: basic-auth
                config:
                  credentials: ["${secrets.get('clients', 'user')}"]
              - type: ai-gateway

    Result: an access key for `team-a`. The user's password is not asked for any more.
    """

    code = "T615"
    level = Severity.ERROR
    effect = Effect.LOST_PROTECTION
    message = "a further client check in front of the gateway has no counterpart"
    remedy = "Hand out access keys by both criteria."


@finding
class ClientsGetAccessKeys(Finding):
    """Clients get access keys.

    Why: a check of client credentials in front of the gateway becomes one access key for each client.
    Their old credentials do not work at the new gateway.

    Example::

        on_http_request:
          - expressions:
              - "!(req.headers['x-api-key'][0] in [secrets.get('clients', 'team-a'), secrets.get('clients', 'team-b')])"
            actions:
              - type: deny
                config: {status_code: 401}
          - actions:
              - type: ai-gateway

    Result: two access keys, `team-a` and `team-b`, with the same configuration. Each has a token of its
    own, shown once when the key is created.
    """

    code = "T616"
    level = Severity.NOTE
    effect = Effect.MANUAL
    clients: str
    message = "one access key for each client: {clients}"
    remedy = "Give each client its token and the URL https://gateway.ngrok.ai once the access keys exist."


@finding
class BranchVanishes(Finding):
    """A condition of the gateway's rule becomes the choice of the access key.

    Why: the new gateway has one URL and no conditions. Whoever holds this unit's access key gets its
    configuration on every request.

    Example::

        on_http_request:
          - expressions: ["req.headers['x-team'][0] == 'research'"]
            actions:
              - type: ai-gateway
                config: {providers: [{id: anthropic}]}

    Result: a configuration and an access key that reach Anthropic with and without the header.
    """

    code = "T617"
    level = Severity.WARNING
    effect = Effect.WIDER
    condition: str
    message = "the gateway ran only when {condition}; now the access key decides"
    remedy = "Give this unit's access key only to clients for which the condition held."


@finding
class AfterTheGateway(Finding):
    """An action behind the gateway no longer runs.

    Why: it ran only after the gateway had failed with `on_error: continue`, or never.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
              - type: custom-response
                config: {status_code: 503, body: all providers failed}

    Result: the gateway answers failures itself.
    """

    code = "T618"
    level = Severity.NOTE
    action: str
    message = "{action} behind the gateway does not carry over"
    remedy = "Nothing to do unless it handled failures; then do that in the client."


@finding
class AnonymousEndpoint(Finding):
    """Nothing in the policy checked the clients.

    Why: whoever knew the URL could use the gateway. Every request needs an access key now.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config: {providers: [{id: openai}]}

    Result: one access key for everybody who used the endpoint. More of them, one for each client, can
    share its configuration; then one can be revoked without the others.
    """

    code = "T619"
    level = Severity.NOTE
    effect = Effect.MANUAL
    message = "no client check in the policy; one access key stands for all its clients"
    remedy = "Give clients the URL https://gateway.ngrok.ai and the token of the access key."


@finding
class CheckOnly(Finding):
    """An action only checks and enforces nothing.

    Why: `enforce: false` leaves its result to a later rule, which is reported on its own.

    Example::

        on_http_request:
          - actions:
              - type: restrict-ips
                config: {enforce: false, allow: [203.0.113.0/24]}
          - expressions: ["actions.ngrok.restrict_ips.action == 'deny'"]
            actions:
              - type: custom-response
                config: {status_code: 403}
          - actions:
              - type: ai-gateway

    Result: the action counts as having no effect; the rule that reads its result is lost protection
    (T605).
    """

    code = "T620"
    level = Severity.NOTE
    action: str
    message = "{action} with enforce: false rejects nothing by itself"
    remedy = "Nothing to do."


@finding
class ResponseShapingLost(Finding):
    """A change of response headers or encoding is lost.

    Why: the new gateway passes answers on as they are.

    Example::

        on_http_response:
          - actions:
              - type: compress-response
        on_http_request:
          - actions:
              - type: ai-gateway

    Result: answers come as gateway.ngrok.ai sends them.
    """

    code = "T622"
    level = Severity.WARNING
    effect = Effect.MANUAL
    action: str
    message = "{action} on responses has no counterpart"
    remedy = "Check whether any client relies on it."
