#!/bin/sh
# Creates at ngrok.ai what the migration default needs. Written by migrator.
#
# Needs curl, jq, an AI Gateway API key in AI_GATEWAY_API_KEY, and every variable of secrets.env.example.
# May be set:
#   MIGRATOR_API_URL                    another server than https://api.ngrok.ai
#   MIGRATOR_TOKENS                     where tokens of access keys go (./access-key-tokens.jsonl)
#   MIGRATOR_ALLOW_ACCOUNT_SETTINGS=1   change the settings of the whole account, too
#   MIGRATOR_FORCE=1                    create everything although objects of this migration exist
#
# Secrets reach jq by the environment and curl by a pipe or a file in a private directory, never as an
# argument; so `sh -x` shows none either. Nothing is created before everything needed is there.
# The first failure ends the script; what exists by then stands on the output, with its id.

# shellcheck disable=SC2016 # what stands in single quotes is text and jq's, not the shell's
set -eu
umask 077

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "apply.sh: $*"
    exit 1
}

# need NAME STATE WHAT: counts what is missing. STATE is empty or "set", never the value.
missing=0
need() {
    [ -z "$2" ] || return 0
    warn "$1 is not set: $3"
    missing=$((missing + 1))
}

for tool in curl jq; do
    command -v "$tool" >/dev/null 2>&1 || need "$tool" '' 'install this program'
done
need AI_GATEWAY_API_KEY "${AI_GATEWAY_API_KEY:+set}" 'an AI Gateway API key of the account'
need LITERAL_OLLAMA_B_1__L0A1B2C3D "${LITERAL_OLLAMA_B_1__L0A1B2C3D:+set}" 'a credential that was written into the policy: create a new one, the old one is in files; policies/b.yaml:8'
need OPENAI_PRIMARY "${OPENAI_PRIMARY:+set}" 'secret primary of the vault openai; policies/a.yaml:33, policies/b.yaml:22, policies/b.yaml:30'
need SUPPLY_ANTHROPIC__L4E5F6071 "${SUPPLY_ANTHROPIC__L4E5F6071:+set}" 'a provider key that the policy never had; policies/a.yaml:40'
[ "$missing" -eq 0 ] || die "$missing missing; nothing was created"

names='["AI_GATEWAY_API_KEY", "LITERAL_OLLAMA_B_1__L0A1B2C3D", "OPENAI_PRIMARY", "SUPPLY_ANTHROPIC__L4E5F6071"]'

# A line break in a value is a mistake that would also end a header; jq shows what is no text as 65533.
unusable=$(jq -rn --argjson names "$names" '
    $names[] | . as $name | env[$name] // "" | explode
    | select(any(. < 32 or . == 127 or . == 65533 or ($name == "AI_GATEWAY_API_KEY" and (. == 32 or . > 126)))
        or length == 0) | $name')
[ -z "$unusable" ] || die "not exported, or with a line break, control or foreign character: $unusable"

base=${MIGRATOR_API_URL:-https://api.ngrok.ai}
base=${base%/}
case $base in
*[!A-Za-z0-9.:/_~%-]*) die "MIGRATOR_API_URL is no plain URL" ;;
https://?* | http://127.0.0.1:* | http://localhost:*) ;;
*) die "MIGRATOR_API_URL has to be https: the API key is sent to it" ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/migrator.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

tokens=${MIGRATOR_TOKENS:-./access-key-tokens.jsonl}
if [ -e "$tokens" ] && [ ! -f "$tokens" ]; then
    die "$tokens is no file; set MIGRATOR_TOKENS"
fi
if ! { (: >>"$tokens") && chmod 600 -- "$tokens"; } 2>/dev/null; then
    die "$tokens cannot be written, and each token is shown only once; set MIGRATOR_TOKENS"
fi

# authorization: curl's configuration; the key is one line of printable ASCII, so JSON quotes it rightly.
authorization() {
    jq -rn '"header = " + ("Authorization: Bearer " + env.AI_GATEWAY_API_KEY | tojson)'
}

# problem: ngrok's error in one line, without any secret that it may repeat: the longest first, for one may be
# a part of another, and also as JSON within the text has it.
problem() {
    jq -rs --argjson names "$names" '
        def inner: tojson | .[1:-1];
        ([$names[] | env[.] | ., inner, (inner | inner)] | sort_by(-length)) as $secrets
        | .[0] | "\(.errorCode // "no error code"): \(.msg // "no message")"
        | reduce $secrets[] as $secret (.; split($secret) | join("***"))
        | explode | map(if . < 32 or (. > 126 and . < 160) then 32 else . end) | implode
    ' "$work/answer" 2>/dev/null || printf '%s\n' 'the answer is no JSON'
}

# request WHAT METHOD URL [BODY]: leaves the answer in $work/answer.
request() {
    what=$1 method=$2 url=$3
    if [ $# -gt 3 ]; then
        set -- --header 'Content-Type: application/json' --data-binary "@$4"
    else
        set --
    fi
    : >"$work/answer"
    status=$(authorization | curl -q --silent --show-error --globoff --config - --request "$method" \
        --url "$url" --connect-timeout 10 --max-time 60 \
        --output "$work/answer" --write-out '%{http_code}' "$@") ||
        die "$what: no answer to $method $url; look whether it took effect before you go on"
    case $status in
    2??) ;;
    *) die "$what: HTTP $status, $(problem)" ;;
    esac
}

# send WHAT METHOD PATH: sends $work/body, which holds a secret at times and is gone afterwards.
send() {
    request "$1" "$2" "$base$3" "$work/body"
    rm "$work/body"
}

# create WHAT PATH: the new object's id is in $id.
create() {
    send "$1" POST "$2"
    id=$(jq -er '.id | strings | select(explode | length > 0 and all(. > 32 and . < 127))' "$work/answer") ||
        die "$1: created, but the answer has no id"
    say "$1 $id"
}

# keep_token WHAT: a token is shown once, so it is written down before anything else happens.
keep_token() {
    jq -ce --arg ref "$1" '{ref: $ref, id, token: (.token | strings | select(length > 0))}' \
        "$work/answer" >>"$tokens" ||
        die "$1: its token could not be written to $tokens; delete the access key $id"
    : >"$work/answer"
}

# fill [--arg VARIABLE ID]...: makes $work/body with the jq program that stands on the input.
fill() {
    cat >"$work/program.jq"
    jq -n "$@" -f "$work/program.jq" >"$work/body"
}

# look PATH MEMBER: appends the objects that carry this migration's mark to $work/marked.
look() {
    page="$base$1?limit=100" pages=0
    while [ -n "$page" ]; do
        pages=$((pages + 1))
        [ "$pages" -le 1000 ] || die "$1: the list does not end"
        request "$1" GET "$page"
        jq -r --arg member "$2" --argjson migration "$migration" '
            if has($member) then .[$member][]? else error("no list") end
            | (.metadata // "" | try fromjson catch null | objects | .migrator | objects) as $mark
            | select($mark.migration == $migration)
            | "\($member) \(.id) \($mark.ref)" | tojson' "$work/answer" >>"$work/marked" ||
            die "$1: the answer is not the list that was expected"
        page=$(jq -r '.nextPageUri // ""' "$work/answer")
        case $page in
        '' | "$base"/*) ;;
        /*) page=$base$page ;;
        *) die "$1: the next page is said to be on another server" ;;
        esac
    done
}

migration='"default"'
if [ "${MIGRATOR_FORCE:-}" != 1 ]; then
    : >"$work/marked"
    look /providers aiGatewayProviders
    look /provider-keys aiGatewayProviderKeys
    look /access-key-configurations aiGatewayAccessKeyConfigurations
    look /access-keys aiGatewayAccessKeys
    if [ -s "$work/marked" ]; then
        warn 'These objects of the migration exist:'
        cat "$work/marked" >&2
        die 'nothing was created; delete them first, or set MIGRATOR_FORCE=1 to have everything twice'
    fi
fi

# providers/ollama from policies/a.yaml:12, policies/b.yaml:6
cat >"$work/body" <<'END_OF_BODY'
{
  "providerId": "ollama",
  "name": "Ollama on GPU 1",
  "baseUrl": "https://ollama.internal",
  "supportedApiSurfaces": [
    {
      "format": "openai",
      "surface": "chat/completions",
      "supportedParams": [{"name": "temperature"}, {"name": "top_p"}]
    }
  ],
  "models": [
    {"modelId": "llama3"},
    {
      "modelId": "fast",
      "providerModelId": "llama3:8b-instruct",
      "unsupportedParams": ["seed"]
    }
  ],
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"ollama\"},\"team\":\"search\",\"note\":\"Köln # 1: on\"}"
}
END_OF_BODY
create providers/ollama /providers

# providers/vllm..0a1b2c3d from policies/b.yaml:28
cat >"$work/body" <<'END_OF_BODY'
{
  "providerId": "vLLM",
  "name": "vLLM 'blue' \"x\" $HOME `id`",
  "baseUrl": "https://vllm.example.com/v1?api-version=2026-01-01",
  "models": [{"modelId": "mistral:7b"}],
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"vllm..0a1b2c3d\"}}"
}
END_OF_BODY
create providers/vllm..0a1b2c3d /providers

# providerKeys/anthropic.supplied from policies/a.yaml:40
fill <<'END_OF_BODY'
{
  "providerId": "anthropic",
  "name": "anthropic (supplied)",
  "value": env.SUPPLY_ANTHROPIC__L4E5F6071,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"anthropic.supplied\"}}"
}
END_OF_BODY
create providerKeys/anthropic.supplied /provider-keys
key_1=$id

# providerKeys/ollama.literal.b.1 from policies/b.yaml:8
fill <<'END_OF_BODY'
{
  "providerId": "ollama",
  "name": "ollama key 1 of b",
  "value": env.LITERAL_OLLAMA_B_1__L0A1B2C3D,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"ollama.literal.b.1\"}}"
}
END_OF_BODY
create providerKeys/ollama.literal.b.1 /provider-keys
key_2=$id

# providerKeys/openai-primary from policies/a.yaml:33, policies/b.yaml:22
fill <<'END_OF_BODY'
{
  "providerId": "openai",
  "name": "openai/primary",
  "value": env.OPENAI_PRIMARY,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"openai-primary\"}}"
}
END_OF_BODY
create providerKeys/openai-primary /provider-keys
key_3=$id

# providerKeys/vllm.openai.primary from policies/b.yaml:30
fill <<'END_OF_BODY'
{
  "providerId": "vLLM",
  "name": "openai/primary",
  "value": env.OPENAI_PRIMARY,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"vllm.openai.primary\"}}"
}
END_OF_BODY
create providerKeys/vllm.openai.primary /provider-keys
key_4=$id

# accessKeyConfigurations/ai.example.com from policies/a.yaml:8
fill --arg key_1 "$key_1" --arg key_3 "$key_3" --arg key_4 "$key_4" <<'END_OF_BODY'
{
  "name": "https://ai.example.com",
  "description": "From policies/a.yaml",
  "access": {
    "providers": {"allow": ["ollama", "openai"]},
    "models": {"allow": ["ollama:llama3", "ollama:fast", "openai:openai/gpt-4o"]}
  },
  "router": {
    "rules": [
      {
        "provider": "anthropic",
        "steps": [{"type": "user", "keySelectionStrategy": "ordered", "keys": [{"id": $key_1}]}]
      },
      {
        "provider": "openai",
        "steps": [
          {
            "type": "user",
            "keySelectionStrategy": "ordered",
            "keys": [{"id": $key_3}, {"id": $key_4}]
          },
          {"type": "ngrok"}
        ]
      }
    ]
  },
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"ai.example.com\"}}"
}
END_OF_BODY
create accessKeyConfigurations/ai.example.com /access-key-configurations
configuration_1=$id

# accessKeyConfigurations/b from policies/b.yaml:3
fill --arg key_2 "$key_2" <<'END_OF_BODY'
{
  "name": "b",
  "access": {"models": {"allow": []}},
  "router": {
    "rules": [
      {
        "provider": "ollama",
        "steps": [{"type": "user", "keySelectionStrategy": "ordered", "keys": [{"id": $key_2}]}]
      }
    ]
  },
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"b\"}}"
}
END_OF_BODY
create accessKeyConfigurations/b /access-key-configurations
configuration_2=$id

# accessKeys/ai.example.com--default from policies/a.yaml:8
fill --arg configuration_1 "$configuration_1" <<'END_OF_BODY'
{
  "name": "https://ai.example.com",
  "accessKeyConfigurationId": $configuration_1,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"ai.example.com--default\"}}"
}
END_OF_BODY
create accessKeys/ai.example.com--default /access-keys
keep_token accessKeys/ai.example.com--default

# accessKeys/b--bob from policies/b.yaml:3
fill --arg configuration_2 "$configuration_2" <<'END_OF_BODY'
{
  "name": "b / bob's",
  "accessKeyConfigurationId": $configuration_2,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"b--bob\"}}"
}
END_OF_BODY
create accessKeys/b--bob /access-keys
keep_token accessKeys/b--bob

# accessKeys/b--eve from policies/b.yaml:3
fill --arg configuration_2 "$configuration_2" <<'END_OF_BODY'
{
  "name": "b / eve",
  "accessKeyConfigurationId": $configuration_2,
  "metadata": "{\"migrator\":{\"migration\":\"default\",\"ref\":\"b--eve\"}}"
}
END_OF_BODY
create accessKeys/b--eve /access-keys
keep_token accessKeys/b--eve

# gatewayConfig from policies/a.yaml:44, policies/b.yaml:40, policies/a.yaml:45; applies to every access key of the account
if [ "${MIGRATOR_ALLOW_ACCOUNT_SETTINGS:-}" = 1 ]; then
    cat >"$work/body" <<'END_OF_BODY'
{
  "totalTimeout": "2m30s",
  "maxInputTokens": 8000
}
END_OF_BODY
    send gatewayConfig PATCH /gateway-config
    say gatewayConfig changed
else
    say gatewayConfig 'skipped: set MIGRATOR_ALLOW_ACCOUNT_SETTINGS=1 to change it for every access key of the account'
fi

say "The tokens are in $tokens. Hand each to its client, then delete the file."
