"""Templates that cannot forget to quote.

A template may print numbers and ``Quoted`` text only. Everything else, a plain string above all,
ends the rendering, so a missing filter is found by the first test and not by the first hostile name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from migrator import resources
from migrator.errors import InternalError
from migrator.render import safe

if TYPE_CHECKING:
    from jinja2 import Environment

FILTERS: Final = {
    "shown": safe.shown,
    "json": safe.json_text,
    "shell": safe.shell_word,
    "shell_json": safe.shell_json,
    "markdown": safe.markdown,
    "code": safe.code_span,
    "html": safe.html,
}


def render(name: str, **values: object) -> str:
    """The template ``name`` of ``templates/`` with ``values``.

    Raises InternalError where the template prints text that went through none of ``FILTERS``.
    """
    return _environment().get_template(name).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """What templates run in. It keeps what it has compiled, which costs more than to render it."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda wanted: resources.read_text("templates", wanted)),
        autoescape=False,  # noqa: S701 - shell and Markdown; `finalize` lets nothing unquoted through
        undefined=StrictUndefined,
        finalize=_only_quoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _only_quoted(value: object) -> object:
    if isinstance(value, safe.Quoted) or type(value) is int:
        return value
    raise InternalError(f"a template prints {type(value).__name__} that no filter has quoted")
