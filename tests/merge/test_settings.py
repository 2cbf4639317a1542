from __future__ import annotations

from migrator import Input, convert

POLICY = b"on_http_request: [{type: ai-gateway, config: {total_timeout: 2m, providers: [{id: openai}]}}]\n"
WITHOUT = POLICY.replace(b"total_timeout: 2m, ", b"")


def test_the_question_has_an_end_however_many_policies_there_are() -> None:
    names = [f"team-{number}.yaml" for number in range(40)]
    result = convert([*(Input(name, name, POLICY) for name in names), Input("z.yaml", "z", WITHOUT)])
    (asked,) = (one for one in result.decisions if one.id == "account-setting:totalTimeout")
    assert asked.question == (
        "totalTimeout exists once per account, and the policies differ: 2m at team-0.yaml:1, team-1.yaml:1, "
        "team-10.yaml:1 and 37 more; not set in 1 of the policies. Which value shall the account have?"
    )
    (found,) = (one for one in result.findings if one.code == "M001")
    assert all(f"{name}:1" in found.text for name in names)
