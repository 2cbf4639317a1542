"""Every kind of text that is searched for policies in its strings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.sources.hosts.literal import TextHost


def host_of(path: str, text: str) -> TextHost | None:
    """What a file is, None for one that is read as YAML or JSON."""
    if _is_document(path, text):
        return None
    return next((host for host in hosts() if host.matches(path, text)), None)


def _is_document(path: str, text: str) -> bool:
    """What most files are, told without importing a language: by no name, first line or word one of them."""
    named = path.lower().endswith((".yaml", ".yml", ".json"))
    return named and not text.startswith("#!") and "jobs:" not in text and "runs:" not in text


@cache
def hosts() -> tuple[TextHost, ...]:
    """All of them; the first that matches a file reads it."""
    from migrator.sources.hosts.golang import Go
    from migrator.sources.hosts.gotemplate import GoTemplate
    from migrator.sources.hosts.java import Java
    from migrator.sources.hosts.javascript import JavaScript
    from migrator.sources.hosts.python import Python
    from migrator.sources.hosts.rust import Rust
    from migrator.sources.hosts.shell import Shell
    from migrator.sources.hosts.terraform import Terraform
    from migrator.sources.hosts.workflow import Workflow

    return (
        Terraform(),
        Shell(),
        Workflow(),
        Python(),
        JavaScript(),
        Go(),
        Rust(),
        Java(),
        GoTemplate(),
    )
