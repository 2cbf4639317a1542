"""Two policies with findings to rule about, and how tests convert them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from migrator.api import Input, Options, Result, convert
from migrator.findings.base import Finding, Severity
from migrator.findings.rulings import Regrade, Rulings, Waiver

POLICY = b"""\
on_http_request:
  - actions:
      - type: restrict-ips
        config: {enforce: true, allow: [10.0.0.0/8]}
      - type: ai-gateway
        config:
          providers:
            - id: openai
              id_aliases: [mine]
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
            - id: ollama
              base_url: https://ollama.internal
              models: [{id: llama}]
"""
INPUTS = [Input("chat.yaml", "chat.yaml", POLICY), Input("docs.yaml", "docs.yaml", POLICY)]
LOST = "T602"
DAY = date(2026, 6, 30)


def run(
    *waivers: Waiver, severity: Mapping[str, Severity] | None = None, as_of: date | None = DAY, **more: Any
) -> Result:
    regrades = {code: Regrade(code, level, "because") for code, level in (severity or {}).items()}
    return convert(INPUTS, Options(rulings=Rulings(waivers, regrades), as_of=as_of, **more))


def waiver(code: str = LOST, until: date = DAY, **more: Any) -> Waiver:
    return Waiver(code, **{"reason": "ticket 12", "until": until, "by": "Ada", **more})


def of(result: Result, code: str) -> list[Finding]:
    return [found for found in result.findings if found.code == code]
