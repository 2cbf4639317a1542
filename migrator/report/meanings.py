"""What the options of a decision mean, in the words of whoever has to choose."""

from __future__ import annotations

from typing import Final

_ANY: Final = ""

_MEANINGS: Final = {
    "who-pays": {
        "ngrok": "ngrok credits of your account pay for its requests",
        "supply-key": "a routing rule with a provider key whose value you supply when you apply",
        "no-rule": "no routing rule: requests to it fail until somebody adds a key",
    },
    "keyless-custom-provider": {
        "no-rule": "no routing rule: for servers that need no key",
        "supply-key": "a routing rule with a provider key whose value you supply when you apply",
    },
    "other-providers": {
        "close": "access keys reach the providers of the policy and no others",
        "allow": "access keys also reach every other built-in provider, and your credits pay",
    },
    "reserved-id": {
        "rename": "a custom provider of another id, with the policy's base_url; clients send the new id",
        "built-in": "the built-in provider, and the policy's base_url is dropped",
    },
    "unreachable": {
        "skip": "no configuration: nobody could reach the action",
        "convert": "access keys for what nobody could reach; what gets wider has to be accepted, too",
    },
    "strategies": {
        "union": "a model that any of the strategies keeps is allowed",
        "first": "only models of the first strategy that keeps anything are allowed",
    },
    "account-setting": {
        "leave": "the account keeps its own setting",
        _ANY: "the account gets this value; it holds for every access key of the account",
    },
    "accepted-wider": {
        "refuse": "it stays an error",
        "accept": "you accept it; write `{choose: accept, reason: WHY, by: WHO}`",
    },
}


def meaning(kind: str, option: str) -> str:
    """What an option of a kind of decision means; the empty string where there is nothing to say."""
    options = _MEANINGS.get(kind, {})
    return options.get(option, options.get(_ANY, ""))
