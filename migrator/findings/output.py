"""Findings about what stays behind: the residual policy."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class NothingTerminates(Finding):
    """The rest of the policy lets requests fall through.

    Why: a cloud endpoint's policy must end in a terminating action (ERR_NGROK_6029), and the gateway
    was the one. The residual policy cannot be saved as it is.

    Example::

        on_http_request:
          - actions:
              - type: log
                config: {metadata: {team: research}}
              - type: ai-gateway

    Result: the residual policy only logs. One that can be saved::

        on_http_request:
          - actions:
              - type: log
                config: {metadata: {team: research}}
              - type: deny
    """

    code = "W001"
    level = Severity.WARNING
    effect = Effect.MANUAL
    message = "without the action nothing ends a request any more"
    remedy = "Add a terminating action (deny, custom-response, forward-internal), or delete the endpoint."


@finding
class AppBehindIsReached(Finding):
    """Requests for the gateway would reach the app behind the endpoint.

    Why: an agent endpoint falls through to its upstream. Clients that still send AI requests to the old
    URL now talk to the app.

    Example::

        version: 3
        endpoints:
          - url: https://app.example.com
            upstream: {url: 8080}
            traffic_policy:
              on_http_request:
                - expressions: ["req.url.path.startsWith('/v1')"]
                  actions:
                    - type: ai-gateway

    Result: without the action `/v1` is served by the app on port 8080. A rule that closes the path::

        on_http_request:
          - expressions: ["req.url.path.startsWith('/v1')"]
            actions:
              - type: deny
    """

    code = "W002"
    level = Severity.WARNING
    effect = Effect.WIDER
    upstream: str
    message = "without the action AI requests to this endpoint reach its upstream: {upstream}"
    remedy = "Add a rule that denies them, or delete the endpoint if it only served the gateway."


@finding
class ResidualNotMade(Finding):
    """A residual policy could not be made.

    Why: after masking its credentials the file no longer reads as it did (a credential that is also the name
    of an anchor, for one); or the policy stands in a program or a script, and not as it reads: it is put
    together by code, or a line that the patch would show may hold a credential. Everything else was written.

    Example::

        on_http_request:
          - type: ai-gateway
            config:
              providers:
                - &hunter2hunter2
                  id: openai
                  api_keys:
                    - value: hunter2hunter2

    Result: no file of that name below ``residual/``, and nothing of it in ``residual.patch``.
    """

    code = "W004"
    level = Severity.ERROR
    effect = Effect.MANUAL
    message = "the policy without the action could not be made"
    remedy = (
        "Delete the action from the file by hand. If it has an anchor that is spelled like a credential, rename "
        "that and convert again."
    )


@finding
class NotInPatch(Finding):
    """A residual policy is not in the patch.

    Why: ``residual.patch`` shows the lines that go, and those around them. It never shows one that holds a
    credential, and leads to no file outside of the folder that the run was started in.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config:
                  providers:
                    - id: openai
                      api_keys:
                        - value: hunter2hunter2

    Result: the file below ``residual/`` has the policy without the action; the patch leaves the original alone.
    """

    code = "W006"
    level = Severity.NOTE
    effect = Effect.MANUAL
    reason: str
    message = "the policy without the action is not in residual.patch: {reason}"
    remedy = "Take it from residual/, or delete the action from this file by hand."


@finding
class ResidualRewritten(Finding):
    """The residual policy lost its comments.

    Why: the action could not be cut out of the text (anchors, unusual layout), so the rest was written
    anew with the same content. It is not in ``residual.patch``.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config: {body: &team {team: research}}
              - type: log
                config: {metadata: *team}   # read by the dashboard

    Result: the anchor went with the action, so its value stands where it was used, without the comment::

        on_http_request:
          - actions:
              - type: log
                config:
                  metadata:
                    team: research
    """

    code = "W003"
    level = Severity.NOTE
    message = "the residual policy was written anew; its comments are lost"
    remedy = "Compare it with the original before you use it."


@finding
class ResultVariablesGone(Finding):
    """The rest of the policy reads results of the retired action.

    Why: ``actions.ngrok.ai_gateway`` is gone with the action. A rule that reads it no longer validates.

    Example::

        on_http_request:
          - actions:
              - type: ai-gateway
                config: {on_error: continue}
              - type: custom-response
                config: {status_code: 503, body: "${actions.ngrok.ai_gateway.error.message}"}

    Result: the residual policy keeps the line.
    """

    code = "W005"
    level = Severity.WARNING
    effect = Effect.MANUAL
    message = "reads actions.ngrok.ai_gateway, which is gone with the action"
    remedy = "Remove it from the residual policy before you save it."
