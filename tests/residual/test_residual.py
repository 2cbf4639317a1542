"""What the cases cannot show: line ends, broken neighbours, copies, and texts that do not fit."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from migrator.errors import InternalError
from migrator.policy.origin import Origin
from migrator.residual import pruned
from migrator.residual.layout import Edit, Layout
from migrator.residual.plan import Changes
from migrator.residual.residual import residual
from migrator.secrets import mask
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read as read_file
from migrator.tree.load import load
from migrator.tree.nodes import Node
from tests.residual.files import codes, left, name, read, text_left

POLICY = "on_http_request:\n  - type: ai-gateway\n  - type: deny\n"


@pytest.mark.parametrize(
    "file",
    [
        FileRead("gone", "gone"),
        read("on_http_request:\n  - type: deny\n"),
        read("just: text\n"),
        replace(read(POLICY), text=None),
    ],
)
def test_a_file_without_the_action_leaves_nothing(file: FileRead) -> None:
    assert residual(file, name) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_stay(newline: str) -> None:
    text = "# a\n\non_http_request: # b\n  # c\n  - type: ai-gateway\n    # d\nx: |\n  two\n  lines\n"

    made = text_left(text.replace("\n", newline))

    assert made == "# a\n\non_http_request: [] # b\nx: |\n  two\n  lines\n".replace("\n", newline)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_list_that_was_the_whole_document_keeps_its_line_end(newline: str) -> None:
    text = "- type: ai-gateway\n  config: {}\n---\na: b\n".replace("\n", newline)
    assert text_left(text) == "[]\n---\na: b\n".replace("\n", newline)


def test_a_document_written_anew_has_the_line_ends_of_its_file() -> None:
    made = left(
        "on_http_request:\r\n- type: ai-gateway\r\n  config: &a {}\r\n- type: deny\r\n  config: *a\r\n"
    )

    assert made.text == "on_http_request:\r\n  - type: deny\r\n    config: {}\r\n"
    assert codes(made) == ["W003"]


def test_a_byte_order_mark_stays() -> None:
    assert text_left("\ufeff" + POLICY) == "\ufeffon_http_request:\n  - type: deny\n"


@pytest.mark.parametrize("item", ["type: ai-gateway", "actions: [{type: ai-gateway}]"])
def test_the_last_line_needs_no_line_break(item: str) -> None:
    assert text_left(f"on_http_request:\n  - type: deny\n  - {item}") == "on_http_request:\n  - type: deny\n"
    assert text_left(f"on_http_request:\n  - {item}") == "on_http_request: []\n"
    assert text_left(f"- {item}") == "[]"


def test_documents_that_could_not_be_read_stay_as_they_are() -> None:
    broken = "twice: 1\ntwice: 2\n"
    rest = "a: made-up-key\n--- [\n"

    made = left(f"{broken}---\n{POLICY}---\n{rest}")

    assert made.text == (
        f"{broken}---\non_http_request:\n  - type: deny\n---\n{rest.replace('made-up-key', 'REPLACE_WITH_LITERAL_0')}"
    )


def test_only_the_document_that_cannot_be_cut_is_written_anew() -> None:
    shared = (
        "on_http_request:\n  - type: ai-gateway\n    config: &a {}\n  - type: deny\n    config: *a # why\n"
    )

    made = left(f"# one\n{POLICY}--- # two\n# above\n{shared}# end\n--- # three\n{POLICY}")

    assert made.text == (
        "# one\non_http_request:\n  - type: deny\n"
        "--- # two\n# above\non_http_request:\n  - type: deny\n    config: {}\n# end\n"
        "--- # three\non_http_request:\n  - type: deny\n"
    )
    assert [(finding.code, finding.at and finding.at.span.line) for finding in made.findings] == [("W003", 8)]


def test_a_document_written_anew_leaves_its_marker_alone() -> None:
    made = text_left(
        "--- &root\non_http_request:\n- type: ai-gateway\n  config: &a {}\n- {type: deny, config: *a}\n"
    )

    assert made == "---\non_http_request:\n  - type: deny\n    config: {}\n"


def test_brackets_are_written_anew_as_brackets() -> None:
    made = text_left(
        "{on_http_request: [{type: ai-gateway, config: &a {}}, {type: deny, config: *a, x: ~, y: 0x1}]}\n"
    )

    assert made == (
        '{\n  "on_http_request": [\n    {\n      "type": "deny",\n      "config": {},\n      "x": null,\n'
        '      "y": 0x1\n    }\n  ]\n}\n'
    )


def test_one_policy_at_two_endpoints_is_cut_once() -> None:
    made = left("a:\n  policy: &p\n    on_http_request:\n      - type: ai-gateway\nb:\n  policy: *p\n")

    assert made.text == "a:\n  policy: &p\n    on_http_request: []\nb:\n  policy: *p\n"
    assert codes(made) == ["W001", "W001"]


def test_one_string_at_two_endpoints_is_cut_once() -> None:
    made = text_left("a:\n  policy: &p |\n    - type: ai-gateway\n    - type: deny\nb:\n  policy: *p\n")

    assert made == "a:\n  policy: &p |\n    - type: deny\nb:\n  policy: *p\n"


def test_the_policy_of_one_endpoint_goes_although_another_shares_its_rules() -> None:
    made = left("x: &rules\n  - type: ai-gateway\n  - type: deny\npolicy:\n  on_http_request: *rules\n")

    assert (
        made.text
        == "x:\n  - type: ai-gateway\n  - type: deny\npolicy:\n  on_http_request:\n    - type: deny\n"
    )
    assert codes(made) == ["W003"]


@pytest.mark.parametrize(
    "held",
    [
        "inline:\n      {0}\n    policy:\n      {0}\n",
        "inline:\n      {0}\n    policy:\n      on_http_request:\n      - {{type: ai-gateway}} # never in force\n",
        "inline:\n      {0}\nstatus:\n  policy:\n    {0}\n",
    ],
)
def test_every_policy_of_a_kubernetes_object_goes_although_one_was_found(held: str) -> None:
    written = held.format("on_http_request:\n      - type: ai-gateway")
    file = read(f"kind: CloudEndpoint\nspec:\n  trafficPolicy:\n    {written}")

    made = residual(replace(file, policies=file.policies[:1]), name)

    assert made is not None
    assert made.text.count("on_http_request: []") == 2
    assert "ai-gateway" not in made.text
    assert codes(made) == ["W001"]


def test_a_string_that_the_mask_took_the_policy_from_is_written_anew_from_its_tree() -> None:
    # A credential with escapes masks every word of its scalar in the text; the tree keeps the rest.
    policy = (
        "on_http_request:\n  - type: ai-gateway\n  - type: log\n    config: {metadata: {a: made-up-key}}\n"
    )
    found = read(f"policy: |\n  {policy.replace(chr(10), chr(10) + '  ')}").policies
    text = f"policy: {mask(0, 9)} {mask(0, 3)}\n"

    made = residual(FileRead("file", "file", text=text, policies=found), name)

    assert made is not None
    assert made.text == (
        'policy: "on_http_request:\\n  - type: log\\n    config:\\n      metadata:\\n'
        '        a: \\"REPLACE_WITH_LITERAL_0\\"\\n"\n'
    )
    assert codes(made) == ["W001", "W003"]


def test_a_string_in_a_block_is_written_anew_as_a_block() -> None:
    made = left(
        "traffic_policy: | # held\n"
        "    on_http_request:\n    - type: ai-gateway\n      config: &a {}\n    - {type: deny, config: *a}\nb: 1\n"
    )

    assert made.text == (
        "traffic_policy: | # held\n    on_http_request:\n      - type: deny\n        config: {}\nb: 1\n"
    )
    assert codes(made) == ["W003"]


@pytest.mark.parametrize("chomp", ["", "-", "+"])
def test_a_block_keeps_its_end(chomp: str) -> None:
    made = text_left(
        f"traffic_policy: |{chomp}\n  on_http_request:\n  - type: deny\n\n  - type: ai-gateway\n\nb: 1\n"
    )

    assert made == f"traffic_policy: |{chomp}\n  on_http_request:\n  - type: deny\n\n\nb: 1\n"


def test_a_block_keeps_the_comment_of_its_header() -> None:
    made = text_left(
        "policy: >- # why\n  {on_http_request:\n  [{type: ai-gateway},\n  {type: deny, x: it's}]}\n"
    )

    assert made == "policy: '{on_http_request: [{type: deny, x: it''s}]}' # why\n"


def test_a_policy_that_is_a_string_in_two_lines_stays_a_string() -> None:
    made = text_left("policy: '- type: ai-gateway\n\n  - type: deny'\nb: 1\n")

    assert made == "policy: '- type: deny'\nb: 1\n"


ENTRY = '{"on_http_request":[{"actions":[{"type":"log"},{"type":"ai-gateway","config":{}}]}]}'
LINES = "P=on_http_request:\n          # a\n          - type: log # $$\n          - type: ai-gateway\n"


@pytest.mark.parametrize(
    "entry, rest",
    [
        (f"P={ENTRY}", """'P={"on_http_request":[{"actions":[{"type":"log"}]}]}'"""),
        (f"'P={ENTRY}'", """'P={"on_http_request":[{"actions":[{"type":"log"}]}]}'"""),
        ('"P=on_http_request:\\n  - type: ai-gateway\\n"', '"P=on_http_request: []\\n"'),
        (f"|\n        {LINES}", f"|\n        {LINES}".removesuffix("          - type: ai-gateway\n")),
    ],
    ids=["plain", "quoted", "escapes", "block"],
)
def test_a_variable_of_a_list_keeps_its_name(entry: str, rest: str) -> None:
    text = "services:\n  a:\n    environment:\n      - ENTRY\n      - X=1 # b\n"
    file = read_file(Input("c.yaml", "c", text.replace("ENTRY", entry.rstrip("\n")).encode()))
    assert file is not None
    made = residual(file, name)
    assert made is not None
    assert made.change is not None
    assert made.text == text.replace("ENTRY", rest.rstrip("\n"))


def test_credentials_side_by_side_have_two_placeholders() -> None:
    file = FileRead(
        "f", "f", text=f"a: {mask(0, 3)}{mask(7, 4)}\n{POLICY}", policies=read(f"a: x\n{POLICY}").policies
    )

    made = residual(file, name)

    assert made is not None
    assert made.text.startswith("a: REPLACE_WITH_LITERAL_0REPLACE_WITH_LITERAL_7\n")


@pytest.mark.parametrize(
    "text",
    ["", "a: 1\n", "on_http_request: [{type: deny}]\n", "on_http_request: []\n", "on_http_request: [\n"],
)
def test_a_text_in_which_the_policy_does_not_stand_is_refused(text: str) -> None:
    file = replace(read(POLICY), text=text)

    with pytest.raises(InternalError):
        residual(file, name)


@pytest.mark.parametrize("text", ["a: 1\n", "policy: {a: 1}\n", "policy: 1\n"])
def test_a_text_in_which_the_string_does_not_stand_is_refused_or_replaced(text: str) -> None:
    found = read("policy: |\n  on_http_request:\n  - type: ai-gateway\n").policies
    file = FileRead("file", "file", text=text, policies=found)

    if text == "policy: 1\n":
        assert residual(file, name) is not None
    else:
        with pytest.raises(InternalError):
            residual(file, name)


@pytest.mark.parametrize(
    "text, rest",
    [
        ("on_http_request: *rules\n", "on_http_request: []\n"),
        ("? on_http_request\n: - type: ai-gateway\n", "on_http_request: []\n"),
        ("? on_http_request\n: type: ai-gateway\n", "on_http_request: []\n"),
        ("? on_http_request\n: actions:\n  - type: ai-gateway\n", "on_http_request: []\n"),
        (
            "b: &b\n  on_http_request: [{type: ai-gateway}]\n<<: *b\n",
            "b:\n  on_http_request:\n    - type: ai-gateway\non_http_request: []\n",
        ),
        ("policy:\n  - providers: []\n", "policy:\n  - on_http_request: []\n"),
        ("policy:\n  - - type: ai-gateway\n", "policy:\n  - []\n"),
        ("policy:\n  -\n    - type: ai-gateway\n", "policy:\n  - []\n"),
    ],
)
def test_layouts_without_a_place_to_cut_at_are_written_anew(text: str, rest: str) -> None:
    shared = "x: &rules\n  - type: ai-gateway\n"

    made = left(shared + text)

    assert made.text == "x:\n  - type: ai-gateway\n" + rest
    assert "W003" in codes(made)


@pytest.mark.parametrize(
    "text, rest",
    [
        ("? on_http_request\n:\n  - type: ai-gateway\n", "? on_http_request\n: []\n"),
        ("on_http_request: !!seq # a\n  - type: ai-gateway\n", "on_http_request: !!seq [] # a\n"),
        ("on_http_request:\n  # a\n\n- type: ai-gateway # b\n", "on_http_request: []\n  # a\n\n"),
        ("on_http_request:\n-\n\n  # a\n\n  type: ai-gateway\n", "on_http_request: []\n"),
        ("policy: |\n\n  # a\n  - type: ai-gateway\n", "policy: |\n\n  []\n"),
        ("policy: |2\n    - type: ai-gateway\n    - type: log\n", "policy: |2\n    - type: log\n"),
        ("policy:\n- |\n  - type: ai-gateway\n", "policy:\n- |\n  []\n"),
        ("<<: {on_http_request: [{type: ai-gateway}]}\n", "<<: {on_http_request: []}\n"),
        ("policy: &p !!str '- type: ai-gateway'\n", "policy: &p !!str '[]'\n"),
        ("traffic_policy:\n  providers: []\n  # a\n# b\n", None),
    ],
)
def test_unusual_layouts_are_cut_too(text: str, rest: str | None) -> None:
    made = left(text)

    remains = "traffic_policy:\n  on_http_request: []  # the retired ai-gateway action was all of this policy\n# b\n"
    assert made.text == (rest or remains)
    assert codes(made) == ["W001"]


def test_a_block_with_rare_line_breaks_is_left_to_the_comparison() -> None:
    made = left("policy: |\n  # a\x85  # b\n  on_http_request:\n  - type: ai-gateway\n  - type: log\n")

    assert made.text == "policy: |\n  # a\n  # b\n  on_http_request:\n  - type: log\n"
    assert codes(made) == ["W001", "W003"]


@pytest.mark.parametrize(
    "edits",
    [[], [Edit(0, 0, "x: 1\n---\n")], [Edit(99, 99, "--- [")], [Edit(99, 99, "--- 1")], [Edit(0, 99, "[")]],
)
def test_a_cut_that_leads_elsewhere_is_not_used(edits: list[Edit], monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_layout: Layout, _changes: Changes) -> list[Edit]:
        return edits

    monkeypatch.setattr(pruned, "cut", wrong)

    made = left(POLICY + "# end\n")

    assert made.text == "on_http_request:\n  - type: deny\n# end\n"
    assert codes(made) == ["W003"]


def test_a_placeholder_that_is_masked_itself_is_refused() -> None:
    with pytest.raises(InternalError, match="no masked credential"):
        residual(read(f"# made-up-key\n{POLICY}"), lambda ordinal: mask(ordinal, 1))


def test_a_policy_of_no_document_is_refused() -> None:
    file = read(POLICY)
    (found,) = file.policies

    with pytest.raises(InternalError):
        residual(replace(file, policies=(replace(found, origin=Origin("file", 3)),)), name)


def test_what_cannot_even_be_written_anew_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_root: Node) -> str:
        return "something: else"

    monkeypatch.setattr(pruned, "emit", wrong)

    with pytest.raises(InternalError, match="less the action"):
        left("on_http_request:\n- type: ai-gateway\n  config: &a {}\n- type: deny\n  config: *a\n")


@pytest.mark.parametrize("anchor", ["", "&a "])
@pytest.mark.parametrize("depth", [10, 60, 95])
def test_deep_trees_are_no_problem(depth: int, anchor: str) -> None:
    deep = "[" * depth + "]" * depth
    text = f"on_http_request:\n- type: ai-gateway\n  config: {anchor}{{}}\n- type: deny\n"

    made = left(f"{text}  config: {{}}\nx: {deep}\n" if not anchor else f"{text}  config: *a\nx: {deep}\n")

    assert load(made.text).documents
    assert codes(made) == (["W003"] if anchor else [])


def test_the_same_file_has_the_same_residual() -> None:
    text = "on_http_request:\n- type: ai-gateway\n  config: &a {b: made-up-key}\n- type: deny\n  config: *a\n"

    assert left(text) == left(text)
