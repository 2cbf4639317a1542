"""Every kind of text that is searched for policies in its strings."""

from __future__ import annotations

from migrator.sources.hosts.golang import Go
from migrator.sources.hosts.gotemplate import GoTemplate
from migrator.sources.hosts.java import Java
from migrator.sources.hosts.javascript import JavaScript
from migrator.sources.hosts.literal import TextHost
from migrator.sources.hosts.python import Python
from migrator.sources.hosts.rust import Rust
from migrator.sources.hosts.shell import Shell
from migrator.sources.hosts.terraform import Terraform
from migrator.sources.hosts.workflow import Workflow

HOSTS: tuple[TextHost, ...] = (
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


def host_of(path: str, text: str) -> TextHost | None:
    """What a file is, None for one that is read as YAML or JSON."""
    return next((host for host in HOSTS if host.matches(path, text)), None)
