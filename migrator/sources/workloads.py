"""Pods that run an agent: which files of ConfigMaps and Secrets its command line, and its configuration, lead to.

A key of such an object is called ``KIND/NAME/KEY`` among the mounts of a container.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from migrator.policy.origin import Field
from migrator.sources.agent import CONFIG, POLICY_FLAGS, USUAL, AgentCommand, Flag, Word, in_words
from migrator.sources.context import Context, at_path, items_at, text_at
from migrator.sources.model import AGENT_CONFIGURATION, Endpoint, Mounts, held_at

_SOURCES = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}
_PROJECTED = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "name")}


def read_workload(root: Field, namespace: str, context: Context) -> None:
    """Hand on what the agents of a workload refer to."""
    pod = _pod(root)
    if pod is None:
        return
    for key in ("initContainers", "containers"):
        for container in items_at(pod, key):
            _container(container, pod, text_at(root, "metadata", "name"), namespace, context)


def _pod(root: Field) -> Field | None:
    """What a pod is made of, however deep the workload's own templates are."""
    spec = at_path(root, "spec")
    while spec is not None and at_path(spec, "containers") is None:
        spec = at_path(spec, "template", "spec") or at_path(spec, "jobTemplate", "spec")
    return spec


def _container(container: Field, pod: Field, name: str | None, namespace: str, context: Context) -> None:
    command = AgentCommand(text_at(container, "image") or "", _words(container))
    endpoint = command.endpoint(name, container.location, namespace)
    mounts = _mounts(container, pod)
    configured = [flag for flag in command.flags if flag.name == "config"]
    for flag in command.flags:
        if flag.name == POLICY_FLAGS[0] or (flag.name in POLICY_FLAGS and command.is_agent):
            _policy(flag, endpoint, mounts, namespace, context)
        elif flag.name == "traffic-policy-url":
            context.reference(flag.where, flag.value, endpoint, elsewhere=True)
    for flag in configured or _configurations(container) if command.is_agent else ():
        held = mounts.file(flag.value)
        if held is not None:
            name_of = held_at(held, namespace)
            context.reference(
                flag.where,
                (namespace, name_of.name),
                endpoint,
                holds=AGENT_CONFIGURATION,
                kind=name_of.kind,
                mounts=mounts,
            )


def _policy(flag: Flag, endpoint: Endpoint, mounts: Mounts, namespace: str, context: Context) -> None:
    held = mounts.file(flag.value)
    if held is None:
        context.reference(flag.where, flag.value, endpoint, elsewhere=True)
        return
    name = held_at(held, namespace)
    context.reference(flag.where, (namespace, name.name), endpoint, kind=name.kind)


def _words(container: Field) -> Iterator[Word]:
    for key in ("command", "args"):
        yield from in_words((item.text or "", item) for item in items_at(container, key))


def _configurations(container: Field) -> Iterator[Flag]:
    """What an agent reads without being told on its command line: what its environment names, else the usual places."""
    for item in items_at(container, "env"):
        value = at_path(item, "value")
        if text_at(item, "name") == CONFIG and value is not None and value.text:
            yield Flag("config", value.text, value)
            return
    yield from (Flag("config", path, container) for path in USUAL)


def _mounts(container: Field, pod: Field) -> Mounts:
    """What of ConfigMaps and Secrets is mounted in a container; ``""`` is a whole object."""
    volumes = {text_at(volume, "name"): dict(_files(volume)) for volume in items_at(pod, "volumes")}
    files: dict[str, str] = {}
    for mount in items_at(container, "volumeMounts"):
        path, part = text_at(mount, "mountPath"), text_at(mount, "subPath")
        held = volumes.get(text_at(mount, "name"), {})
        if path is None:
            continue
        for inside, named in held.items():
            if part is None:
                files.setdefault(posixpath.normpath(posixpath.join(path, inside)), named)
            elif not inside:
                files.setdefault(posixpath.normpath(path), posixpath.join(named, part))
            elif inside == posixpath.normpath(part):
                files.setdefault(posixpath.normpath(path), named)
    return Mounts(files)


def _files(volume: Field) -> Iterator[tuple[str, str]]:
    """The files of a volume: path below it, and what stands there."""
    for kinds, sources in ((_SOURCES, [volume]), (_PROJECTED, [*items_at(volume, "projected", "sources")])):
        for source in sources:
            for key, (kind, named) in kinds.items():
                name = text_at(source, key, named)
                if name is None:
                    continue
                items = [*items_at(source, key, "items")]
                for item in items:
                    of, path = text_at(item, "key"), text_at(item, "path")
                    if of and path:
                        yield posixpath.normpath(path), f"{kind}/{name}/{of}"
                if not items:
                    yield "", f"{kind}/{name}"
