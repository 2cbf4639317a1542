"""Names made from other names: slugs, refs, environment variables.

Everything here is a pure function of its own arguments, so that adding a file to a run never
renames anything of another file.
"""

from __future__ import annotations

import re

from migrator.patterns import pattern

_NICE_ID = pattern(r"[a-z0-9_]+(?:[-.][a-z0-9_]+)*\Z")
_NICE_PART = pattern(r"[a-z0-9_]+(?:-[a-z0-9_]+)*\Z")
_PURE = pattern(r"[a-z0-9]+\Z")
_DASHED = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_UNMARKED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_SPOKEN_FOR = pattern(
    r"(?:AI_GATEWAY|MIGRATOR|NGROK|CURL|JQ|LD|DYLD|SSL|GIT|BASH|PYTHON|XDG|LC|GLIBC|MALLOC)_|.*_PROXY\Z"
)
"""Variables that ngrok, migrator, or the programs a script starts already read."""

_REF_LIMIT = 120


def digest(*parts: str) -> str:
    """Twelve hex digits that tell two lists of names apart. Never call it with a credential."""
    joined = "\0".join(parts).encode("utf-8", "backslashreplace")
    import hashlib

    return hashlib.sha256(joined).hexdigest()[:12]


def slug(text: str) -> str:
    """A readable ref for ``text``; two different texts never share one.

    A text that is a ref already stays as it is; any other gets its readable form and a digest
    behind two dots, a form that no readable name has.
    """
    if _NICE_ID.match(text) and text[0] != "_" and len(text) <= _REF_LIMIT:
        return text
    readable = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")[:_REF_LIMIT].rstrip("-_")
    return f"{readable or 'x'}..{digest(text)}"


def compound(*parts: str) -> str:
    """A ref made of several names: ``a.b.c``; injective over the list of parts."""
    if all(_NICE_PART.match(part) for part in parts) and parts[0][0] != "_":
        joined = ".".join(parts)
        if len(joined) <= _REF_LIMIT:
            return joined
    readable = ".".join(re.sub(r"[^a-z0-9_]+", "-", part.lower()).strip("-_") or "x" for part in parts)
    return f"{readable[:_REF_LIMIT].strip('-_.') or 'x'}..{digest(*parts)}"


def provider_key_ref(provider_id: str, vault: str | None, name: str) -> str:
    """``openai-primary`` for the key ``primary`` of the vault named like the provider."""
    plain = vault == provider_id and _PURE.match(provider_id) and _NICE_PART.match(name)
    if plain and len(name) < _REF_LIMIT // 2:
        return f"{provider_id}-{name}"
    if vault is None:
        return compound(provider_id, "secret", "no-vault", name)
    return compound(provider_id, vault, name)


def environment_name(vault: str | None, name: str) -> str:
    """The environment variable that supplies ``secrets.get(vault, name)``.

    ``openai``/``api-key`` is ``OPENAI_API_KEY``, ``azure-openai``/``api-key`` is
    ``AZURE_OPENAI__API_KEY``. Every name decodes to its source, so no two references share one: in a
    vault without dashes the first underscore is the separator, else the double one is, and every
    other underscore is a dash. Whatever is not of that form, or already means something to a program,
    carries its exceptions behind a triple
    underscore: ``S`` the place of the separator, ``X<hex>AT<place>`` a character.
    """
    if vault is not None and _DASHED.match(vault) and _DASHED.match(name):
        separator = "_" if _PURE.match(vault) else "__"
        readable = f"{vault.replace('-', '_')}{separator}{name.replace('-', '_')}".upper()
        if not _SPOKEN_FOR.match(readable):
            return f"_{readable}" if readable[0].isdigit() else readable
    joined = name if vault is None else f"{vault}/{name}"
    exceptions = "".join(
        f"X{ord(char):X}AT{place}"
        for place, char in enumerate(joined)
        if char not in _UNMARKED and not (vault is not None and place == len(vault))
    )
    separator = "S" if vault is None else f"S{len(vault)}"
    readable = "".join(char.upper() if char.isascii() and char.isalnum() else "_" for char in joined)
    start = "_" if readable[:1].isdigit() else ""
    return f"{start}{readable}___{separator}{'D' if start else ''}{exceptions}"


def made_environment_name(kind: str, *parts: str) -> str:
    """The environment variable for a credential that has no name in a vault.

    ``kind`` is ``LITERAL`` for one that was written into a policy, ``SUPPLY`` for one the policy
    never had, ``ATTACHED`` for one that was attached to a key of the old gateway. Made from the place (unit, provider, position), never from a value. The ending keeps
    it apart from every name of ``environment_name``, whose endings start with ``S`` or have none.
    """
    readable = re.sub(r"[^A-Z0-9]+", "_", "_".join(parts).upper()).strip("_")[:80].rstrip("_")
    return f"{kind}_{readable}___L{digest(kind, *parts).upper()}"


def own_environment_name(name: str) -> str:
    """The environment variable for a credential that a file itself took from the environment."""
    readable = re.sub(r"[^A-Z0-9_]", "_", name.upper())
    return f"{readable}___E" if readable == name else f"{readable}___E{digest(name).upper()}"


def literal_environment_name(stem: str, ordinal: int) -> str:
    """The environment variable for the ``ordinal``-th (from 0) credential written into the file ``stem``."""
    return made_environment_name("LITERAL", stem, str(ordinal + 1))


def shorten(text: str, limit: int) -> str:
    """``text`` within ``limit`` code points: cut readably, with a digest so that two stay two."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 15].rstrip()}…[{digest(text)}]"[:limit]
