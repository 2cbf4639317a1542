"""Whatever a policy says, each language's string of it is read as the policy itself is."""

from __future__ import annotations

import json
import re
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.sources.hosts.hcl_tree import Source
from migrator.tree.nodes import to_python
from migrator.tree.text import has_rare_breaks
from tests.properties import hcl, policies, writing
from tests.properties.effort import examples, shown
from tests.sources.hosts import ENCODED, HOSTS, Host, at, codes, read_text, scalars
from tests.sources.hosts import policies as found_in

ODD_IN_HCL = re.compile(r"\\[ubf]|\d[eE][+-]?\d|\$\$|%%")
"""Escapes that HCL does not have, exponents that its grammar does not know, and what is read in two ways."""


def fits(host: Host, text: str) -> bool:
    """Whether the language can write this text in this form at all."""
    if host.name == "python raw string" and "\\" in text:
        return False
    if "\r" in text and host.name not in ("python string", "javascript string", "rust string", "go string"):
        return False
    if host.path == "a.tf" and ("$$" in text or "%%" in text):
        return False  # three of them before a brace are read in two ways
    if host.name == "go raw string":
        return "`" not in text
    if host.name == "python raw string":
        return '"""' not in text and not text.endswith('"')
    return host.name != "workflow" or not ("${{" in text or has_rare_breaks(text))


@pytest.mark.parametrize("host", HOSTS, ids=[host.name for host in HOSTS])
@examples(12)
@given(written=writing.texts(policies.clean()))
def test_a_policy_is_the_same_in_a_string(host: Host, written: writing.Written) -> None:
    text = written.text.removeprefix("\ufeff")
    assume("ai-gateway" in text)
    assume(fits(host, text))
    hosted = host.write(text)
    assume("ai-gateway" in hosted)  # a file that does not name the action is not looked into
    shown(hosted)
    alone = read_text("p.json" if written.json else "p.yaml", text)
    inside = read_text(host.path, hosted)
    assert [to_python(one.policy.root.node) for one in found_in(inside)] == [
        to_python(one.policy.root.node) for one in found_in(alone)
    ]
    assert {code for code in codes(alone) if code != "R011"} == {
        code for code in codes(inside) if code != "R011"
    }
    expected = [sorted(found.code for found in one.findings) for one in found_in(alone)]
    assert [sorted(found.code for found in one.findings) for one in found_in(inside)] == expected


@examples(30)
@given(data=policies.clean())
def test_an_object_of_terraform_is_the_same_policy(data: policies.Data) -> None:
    assume(isinstance(data, dict))
    text = json.dumps(data)
    assume("\\u" not in text)
    assume(not re.search(r"\d[eE][+-]?\d", text))  # the grammar knows exponents behind a point only
    inside = read_text(ENCODED.path, ENCODED.write(text))
    alone = read_text("p.json", text)
    shown(ENCODED.write(text))
    assert [to_python(one.policy.root.node) for one in found_in(inside)] == [
        to_python(one.policy.root.node) for one in found_in(alone)
    ]


MARKED = st.text("abcäß€😀 '\"\\$`{}%#", max_size=8).map(lambda text: f"mark{text}end")


@examples(60)
@given(data=policies.clean(), random=st.randoms(use_true_random=False))
def test_an_object_is_the_same_policy_however_it_is_written(data: policies.Data, random: Random) -> None:
    assume(isinstance(data, dict))
    text = hcl.written(data, random)
    assume(not ODD_IN_HCL.search(text))
    hosted = ENCODED.write(text)
    shown(hosted)
    assert not Source(hosted).root.has_error
    alone = read_text("p.json", json.dumps(data))
    inside = read_text(ENCODED.path, hosted)
    assert [to_python(one.policy.root.node) for one in found_in(inside)] == [
        to_python(one.policy.root.node) for one in found_in(alone)
    ]


@pytest.mark.parametrize("host", [*HOSTS, ENCODED], ids=[host.name for host in (*HOSTS, ENCODED)])
@examples(25)
@given(before=st.text("xäé😀\"'\\", max_size=5), marked=MARKED)
def test_a_value_is_found_at_its_place(host: Host, before: str, marked: str) -> None:
    policy = [{"type": "log", "config": {"metadata": {"a": before}}}, {"type": "ai-gateway"}]
    policy.append({"type": "custom-response", "config": {"body": marked}})
    text = json.dumps({"on_http_request": [{"actions": policy}]}, ensure_ascii=False, indent=1)
    assume(fits(host, text))
    hosted = host.write(text)
    shown(hosted)
    (found,) = found_in(read_text(host.path, hosted))
    (location,) = [location for value, location in scalars(found) if value == marked]
    written = at(hosted, location)
    # Between the marks stand the escapes of two languages; around them only JSON's quotes and theirs.
    assert written.strip("\"'\\").startswith("mark")
    assert written.strip("\"'\\").endswith("end")
    assert location.embedded is not None
    inner = text.split("\n")[location.embedded[0] - 1]
    assert inner[location.embedded[1] - 1 :].startswith('"mark')
