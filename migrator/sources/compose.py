"""Docker compose files: agents whose policy or configuration is mounted, or written into the file itself.

A path in a container leads to a file of the project where a volume or a config puts one there.
Compose writes ``$$`` for ``$`` everywhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from migrator.policy.origin import Field
from migrator.policy.parse import is_policy
from migrator.sources.agent import (
    CONFIG,
    POLICY_FLAGS,
    USUAL,
    AgentCommand,
    AgentConfig,
    Flag,
    Word,
    in_words,
    split,
)
from migrator.sources.context import Context, at_path, items_at, text_at
from migrator.sources.model import AGENT_CONFIGURATION, Endpoint, Mounts, PolicyReference
from migrator.tree.nodes import Mapping, Node

_TARGETS = {"configs": "/", "secrets": "/run/secrets/"}
"""What is mounted by name, and where, unless a service says otherwise."""


class _Mounts(Mounts, frozen=True):
    """With the texts of the compose file."""

    texts: dict[str, str]
    """Path in the container → name of the config."""


class _User(Struct, frozen=True):
    """An agent that reads a text: its endpoint, and what is mounted for it."""

    endpoint: Endpoint
    mounts: _Mounts


class Compose:
    """``services`` whose agents read a policy, and ``configs`` that hold one."""

    name = "docker-compose"

    def matches(self, root: Node) -> bool:
        if not isinstance(root, Mapping) or root.get("kind") is not None or is_policy(root):
            return False
        return any(
            isinstance(held := root.get(key), Mapping)
            and all(isinstance(entry.value, Mapping) for entry in held.entries)
            for key in ("services", "configs")
        )

    def read(self, root: Field, context: Context) -> None:
        _Project(root, context).read()


class _Project:
    def __init__(self, root: Field, context: Context) -> None:
        self._root = root
        self._context = context
        self._users: dict[str, list[_User]] = {}
        """By the name of the config whose text they read."""

    def read(self) -> None:
        for name, service in _entries(self._root, "services"):
            self._service(name, service)
        texts: list[tuple[str, Field, Field]] = []
        for name, config in _entries(self._root, "configs"):
            content = at_path(config, "content")
            if content is not None:
                text = self._context.open(content, quietly=name not in self._users, dollars=True)
                texts += [] if text is None else [(name, content, text)]
        # An agent configuration may lead to policies that stand in other texts.
        for name, content, text in sorted(texts, key=lambda held: is_policy(held[2].node)):
            self._text(content, text, self._users.get(name, []))

    def _service(self, name: str, service: Field) -> None:
        command = AgentCommand(text_at(service, "image") or "", _words(service))
        user = _User(command.endpoint(name, service.location), _mounts(self._root, service))
        for flag in command.flags:
            if flag.name in POLICY_FLAGS:
                self._file(flag, "policy file", user)
            elif flag.name == "traffic-policy-url":
                self._context.reference(flag.where, flag.value, user.endpoint, elsewhere=True)
            elif flag.name == "config" and command.is_agent:
                self._file(flag, AGENT_CONFIGURATION, user)
        if command.is_agent and not any(flag.name == "config" for flag in command.flags):
            for flag in _configurations(service, user.mounts):
                self._file(flag, AGENT_CONFIGURATION, user)
        for where, start in _settings(service):
            text = self._context.open(where, quietly=True, dollars=True, start=start)
            if text is not None:
                self._text(where, text, [user])

    def _file(self, flag: Flag, holds: str, user: _User) -> None:
        """Follow a path of the container: to a file of the project, or to a text of the compose file."""
        config = user.mounts.texts.get(posixpath.normpath(flag.value))
        file = user.mounts.file(flag.value)
        if config is not None:
            self._users.setdefault(config, []).append(user)
        else:
            target, elsewhere = file or flag.value, file is None
            mounts = Mounts(user.mounts.files)
            self._context.reference(
                flag.where, target, user.endpoint, holds=holds, elsewhere=elsewhere, mounts=mounts
            )

    def _text(self, where: Field, text: Field, users: list[_User]) -> None:
        context = self._context
        if AgentConfig().matches(text.node):
            context.read_string(where)
            known = len(context.references)
            AgentConfig().read(text, context)
            found = context.references[known:]
            context.references[known:] = [one for one in found if not self._followed(one, users)]
        elif is_policy(text.node):
            context.read_string(where)
            for user in users:
                context.policy(text, endpoint=user.endpoint)
            if not users:
                context.policy(text)

    def _followed(self, reference: PolicyReference, users: list[_User]) -> bool:
        """Whether a path in an agent configuration of this file leads to a text or a file of the project."""
        target = str(reference.target)
        for user in users:
            config, file = user.mounts.texts.get(posixpath.normpath(target)), user.mounts.file(target)
            if config is not None:
                self._users.setdefault(config, []).append(_User(reference.endpoint, user.mounts))
                return True
            if file is not None:
                self._context.references.append(replace(reference, target=file))
                return True
        return False


def _mounts(root: Field, service: Field) -> _Mounts:
    files: dict[str, str] = {}
    texts: dict[str, str] = {}
    for volume in items_at(service, "volumes"):
        source, target = text_at(volume, "source"), text_at(volume, "target")
        if volume.text is not None:
            source, _, rest = volume.text.partition(":")
            target = rest.partition(":")[0]
        if source and target and source.startswith((".", "/")):
            files[posixpath.normpath(target)] = source
    for kind, folder in _TARGETS.items():
        for item in items_at(service, kind):
            name = item.text or text_at(item, "source") or ""
            path = posixpath.normpath(posixpath.join(folder, text_at(item, "target") or name))
            file = text_at(root, kind, name, "file")
            if file is not None:
                files[path] = file
            elif at_path(root, kind, name, "content") is not None:
                texts[path] = name
    return _Mounts(files, texts)


def _words(service: Field) -> Iterator[Word]:
    """The command line of a service, each word with the node it was written in."""
    for key in ("entrypoint", "command"):
        held = at_path(service, key)
        if held is None:
            continue
        if held.text is not None:
            yield from ((word, held) for word in split(_plain(held.text)))
        yield from in_words((_plain(item.text or ""), item) for item in held.items())


def _plain(text: str) -> str:
    return text.replace("$$", "$")


def _configurations(service: Field, mounts: _Mounts) -> Iterator[Flag]:
    """What an agent reads without being told on its command line: what its environment names, else the usual place."""
    environment = at_path(service, "environment")
    if environment is not None:
        for key, value in environment.entries():
            if key.text == CONFIG and value.text:
                yield Flag("config", value.text, value)
                return
        for item in environment.items():
            name, _, text = (item.text or "").partition("=")
            if name == CONFIG and text:
                yield Flag("config", text, item)
                return
    for path in USUAL:
        if path in mounts.texts or mounts.file(path) is not None:
            yield Flag("config", path, service)


def _settings(service: Field) -> Iterator[tuple[Field, int]]:
    """Values of the environment that are more than a word: where each is written, and where in that it begins."""
    environment = at_path(service, "environment")
    if environment is None:
        return
    for _, value in environment.entries():
        if ":" in (value.text or ""):
            yield value, 0
    for item in environment.items():
        _, equals, value_text = (item.text or "").partition("=")
        if equals and ":" in value_text:
            yield item, len(item.text or "") - len(value_text)


def _entries(root: Field, key: str) -> Iterator[tuple[str, Field]]:
    held = root.get(key)
    if held is not None:
        yield from ((name.text, value) for name, value in held.entries())
