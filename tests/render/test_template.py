from __future__ import annotations

import subprocess
import sys

import pytest

from migrator import resources
from migrator.errors import InternalError
from migrator.render.safe import Quoted
from migrator.render.template import render


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The one template there is; its text is the last item."""
    texts: list[str] = []
    monkeypatch.setattr(resources, "read_text", lambda kind, name: texts[-1])
    return texts


def test_quoted_text_and_numbers_are_printed(template: list[str]) -> None:
    template.append("{{ a }} {{ b }} {{ c | shell }}\n")
    assert render("t", a=Quoted("$x"), b=2, c="$x") == "$x 2 '$x'\n"


@pytest.mark.parametrize(
    "text", ["{{ a }}", "{{ a | upper }}", "{{ a | shell + a }}", "{{ missing }}", "{{ missing | shown }}"]
)
def test_nothing_else_is(template: list[str], text: str) -> None:
    template.append(text)
    with pytest.raises((InternalError, Exception)) as raised:
        render("t", a="x")
    assert isinstance(raised.value, InternalError) or "undefined" in str(raised.value)


def test_jinja2_is_imported_for_the_first_template_only() -> None:
    code = "import sys, migrator.render.bundle; assert 'jinja2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
