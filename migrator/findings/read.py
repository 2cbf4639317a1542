"""Findings of the reading stage: files, encodings, syntax, places that hold the action."""

from migrator.findings.base import Effect, Finding, Severity, finding


@finding
class NotReadable(Finding):
    """An input could not be read.

    Why: its policies are missing from the output. The other inputs were converted.

    Example::

        $ migrator convert policies/
        policies/team-b.yaml:1:1  error R001  could not be read: Permission denied

    Result: nothing of `policies/team-b.yaml` is in the output, and the run does not count as a success.
    """

    code = "R001"
    level = Severity.ERROR
    reason: str
    message = "could not be read: {reason}"
    remedy = "Make the file readable, or leave it out of the call."


@finding
class NotText(Finding):
    """A file is not text.

    Why: a policy is UTF-8 text (UTF-16 and UTF-32 with a byte order mark are read too). In any other
    encoding the letters of names would have to be guessed.

    Example::

        $ file chat.yaml
        chat.yaml: ISO-8859 text

    Result: the file is not converted. The finding stands at the first byte that is not UTF-8.

    What to do: find out the encoding and convert the file once, for instance with
    `iconv -f ISO-8859-1 -t UTF-8 chat.yaml`.
    """

    code = "R002"
    level = Severity.ERROR
    reason: str
    message = "is not readable text: {reason}"
    remedy = "Save the file as UTF-8, or leave it out of the call."


@finding
class BrokenSyntax(Finding):
    """A file is neither YAML nor JSON.

    Why: ngrok refused such a file too, so what it meant is not known. Nothing of the broken
    document is converted. The message never quotes the file: credentials sit in broken files too.

    Example::

        on_http_request:
          - type: ai-gateway
            config: {providers: [{id: openai}]

    Result: nothing is converted; the finding stands where the bracket opens that is never closed.

    What to do: the finding says what to close, to quote or to indent. Any checker of YAML stops near the
    same place.
    """

    code = "R003"
    level = Severity.ERROR
    reason: str
    hint: str
    message = "{reason}"
    remedy = "{hint}"


@finding
class DuplicateKey(Finding):
    """A key stands twice in one mapping.

    Why: ngrok refuses such a policy, and most YAML readers silently keep only the last one, so
    half of a policy would vanish.

    Example::

        on_http_request:
          - type: restrict-ips
            config: {enforce: true, allow: [203.0.113.0/24]}
        on_http_request:
          - type: ai-gateway

    Result: nothing is converted. A reader that keeps the last key would have lost `restrict-ips`.
    """

    code = "R004"
    level = Severity.ERROR
    key: str
    first_line: int
    second_line: int
    message = "key {key} stands twice in one mapping, at lines {first_line} and {second_line}"
    remedy = "Merge the two entries or delete one, then convert again."


@finding
class RefusedTag(Finding):
    """A YAML tag that policies do not have.

    Why: tags can build objects in other YAML readers, and an expression that starts with `!`
    turns into a tag when it is not quoted. Either way its text is not what the author meant.

    Example::

        on_http_request:
          - expressions:
              - !hasReqHeader('x-team')
            actions:
              - type: deny

    Result: the document is not converted. Quoted, the expression means what it says::

        on_http_request:
          - expressions:
              - "!hasReqHeader('x-team')"
            actions:
              - type: deny

    What to do: put the whole value in quotes if the `!` is part of it, else remove the tag.
    """

    code = "R005"
    level = Severity.ERROR
    reason: str
    hint: str
    message = "{reason}"
    remedy = "{hint}"


@finding
class TooBig(Finding):
    """An input goes past what a policy can be.

    Why: aliases that multiply, thousands of nested levels or megabytes in one value are refused
    within bounded memory and time instead of being read.

    Example::

        a: &a [x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
        f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]

    Result: the file is refused; the message names the limit.
    """

    code = "R006"
    level = Severity.ERROR
    reason: str
    message = "{reason}"
    remedy = "Split the file, or leave it out of the call if it is no policy."


@finding
class ActionInUnknownPlace(Finding):
    """The action stands where no reader looks for a policy.

    Why: the file holds a mapping with `type: ai-gateway` outside every container this version
    reads, so it was not converted.

    Example::

        deployments:
          chat:
            gateway:
              - type: ai-gateway
                config: {providers: [{id: openai}]}

    Result: nothing is converted. Saved as a file of its own, the list below `gateway` is::

        on_http_request:
          - type: ai-gateway
            config: {providers: [{id: openai}]}
    """

    code = "R007"
    level = Severity.ERROR
    effect = Effect.MANUAL
    message = "an ai-gateway action stands outside any policy this version reads"
    remedy = "Save the policy itself as a file (phases at the root) and convert that file."


@finding
class MentionInUnreadFile(Finding):
    """A file that is not read mentions the action.

    Why: a directory was searched; this file is of a kind that is not read, but contains the
    word `ai-gateway`, so it may hold a policy that is missing from the output.

    Example::

        # deploy.sh
        ngrok http 8080 --traffic-policy-file <(echo '{"on_http_request": [{"type": "ai-gateway"}]}')

    Result: the file is left alone; only the mention is reported.
    """

    code = "R008"
    level = Severity.WARNING
    effect = Effect.MANUAL
    message = "mentions ai-gateway, but files of this kind are not read"
    remedy = "If it holds a policy, save the policy as YAML or JSON and convert that file."


@finding
class EmptyFile(Finding):
    """A file is empty.

    Why: an empty file among policies is more often an accident (a failed dump) than a wish.

    Example::

        $ kubectl get ngroktrafficpolicy chat -o yaml > chat.yaml
        error: You must be logged in to the server (Unauthorized)

    Result: `chat.yaml` exists and holds nothing, so there is nothing to convert.

    What to do: repeat the dump or take the file from version control. Spaces and comments alone
    count as empty too.
    """

    code = "R009"
    level = Severity.ERROR
    message = "is empty"
    remedy = "Write the policy into it again, or leave it out of the call."


@finding
class LinkLoop(Finding):
    """A directory link leads back to a directory that was already searched.

    Why: following it would never end. Nothing is missing: the directory is read once.

    Example::

        $ ls -l policies/
        all -> ../policies

    Result: `policies/all` is not followed; every file below `policies` is read once.
    """

    code = "R010"
    level = Severity.NOTE
    message = "leads back to a directory that was already searched; not followed"
    remedy = "Nothing to do."


@finding
class LiteralCredential(Finding):
    """A credential stands in the file in clear text.

    Why: it never reaches an output: the manifest names an environment variable instead. But it
    stands in the file, its history and its backups.

    Example::

        providers:
          - id: openai
            api_keys:
              - value: not-a-real-key

    Result: a provider key whose value is yet to be supplied, never the credential or a hash of it::

        {"providerId": "openai", "value": {"$secret": {"env": "LITERAL_…"}}}

    What to do: set that variable when you create the provider key. Whoever could read the file knows
    the old value, so let the provider issue a new one and revoke it.
    """

    code = "R011"
    level = Severity.WARNING
    effect = Effect.MANUAL
    role: str
    message = "a credential stands here in clear text ({role})"
    remedy = "Rotate it and delete it here; where the manifest needs it, it names an environment variable."


@finding
class NoSuchPath(Finding):
    """An input path does not exist or a pattern matches nothing.

    Why: what it was to name is missing from the output. Usually it is a spelling mistake, a pattern in
    another directory than thought, or a file that an earlier step did not write.

    Example::

        $ migrator convert 'polices/*.yaml'

    Result: nothing is read for this input; other inputs of the call are converted.
    """

    code = "R012"
    level = Severity.ERROR
    message = "no such file or directory, and no pattern that matches one"
    remedy = "Check the spelling; quote patterns so that the shell leaves them alone."


@finding
class NotRendered(Finding):
    """A template was given instead of what it renders to.

    Why: the file holds template directives (two opening braces) and is not YAML before they
    are rendered, so its policy is not known.

    Example::

        kind: NgrokTrafficPolicy
        spec:
          policy:
            {{- toYaml .Values.policy | nindent 4 }}

    Result: nothing is converted. The output of `helm template` holds the same object with the policy
    in its place and is read like any other file.
    """

    code = "R013"
    level = Severity.ERROR
    message = "holds template directives and is not YAML before rendering"
    remedy = (
        "Render it first: `helm template`, `helm get manifest` or `kustomize build`, and convert the result."
    )


@finding
class ErrorAnswer(Finding):
    """A file holds the API's answer that a request failed.

    Why: somebody saved what the API said, and it said no. The endpoints that were asked for are not in
    the file, so nothing of them is in the output. What else the answer says is not shown.

    Example::

        {
          "error_code": "ERR_NGROK_218",
          "status_code": 400,
          "msg": "…"
        }

    Result: nothing is converted. The code has a page of its own below `https://ngrok.com/docs/errors`.
    """

    code = "R018"
    level = Severity.ERROR
    error: str
    status: str
    message = "is the API's answer that a request failed (error {error}, status {status}), and no dump"
    remedy = "Repeat the request (with `Authorization` and `Ngrok-Version: 2`) and save its answer."


@finding
class WebPage(Finding):
    """A file is a web page.

    Why: a proxy, a login or a wrong address answered in place of the API, or a page was saved instead of
    the policy it shows.

    Example::

        <!doctype html>
        <title>Log in</title>
        <p>Log in to see your endpoints.</p>

    Result: nothing is converted.
    """

    code = "R019"
    level = Severity.ERROR
    message = "is a web page, neither YAML nor JSON"
    remedy = "Save the policy itself, or repeat the request at the API's own address."


@finding
class ReaderDied(Finding):
    """The process that read a file died.

    Why: with several processes (`--jobs`) one was killed while it read this file, and again when it read
    this file alone. Most often memory ran out. Its policies are missing from the output. The other inputs
    were converted.

    Example::

        $ migrator convert policies/ --jobs auto
        policies/dump.yaml:1:1  error R021  the process that read this file died, twice

    Result: nothing of `policies/dump.yaml` is in the output, and the run does not count as a success.
    """

    code = "R021"
    level = Severity.ERROR
    message = "the process that read this file died, twice"
    remedy = "Convert this file by itself, where there is more memory; split it if it is large."


@finding
class NothingToRead(Finding):
    """A directory holds no file that could be read.

    Why: it is empty, or all that stands in it was written by migrator, as a bundle is: what an earlier run
    wrote repeats policies that stand elsewhere, and is passed over.

    Example::

        $ migrator convert policies/ -o build/migration
        $ migrator convert build/migration
        build/migration:1:1  warning R022  holds no file to read: all in it was written by migrator

    Result: nothing is read for this input; other inputs of the call are converted. With none the run fails.
    """

    code = "R022"
    level = Severity.WARNING
    reason: str
    message = "holds no file to read: {reason}"
    remedy = "Name the folder or the files that the policies stand in."
