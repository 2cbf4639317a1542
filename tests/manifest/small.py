"""A small manifest, one entry of each kind or so."""

from __future__ import annotations

from typing import Final

SMALL: Final = """\
formatVersion: 1
migration: default
providers:
  - ref: ollama  # policies/a.yaml:7
    body:
      providerId: ollama
      name: ollama
      baseUrl: https://ollama.internal
      models:
        - modelId: small
providerKeys:
  - ref: openai-primary  # policies/a.yaml:25, policies/b.yaml:9
    body:
      providerId: openai
      name: openai/primary
      value:
        $secret:
          vault: openai
          name: primary
          env: OPENAI_PRIMARY
accessKeyConfigurations:
  - ref: office
    body:
      name: office
      access:
        providers:
          allow:
            - openai
            - $ref: providers/ollama
        models:
          allow: []
      router:
        rules:
          - provider: openai
            steps:
              - type: user
                keys:
                  - id:
                      $ref: providerKeys/openai-primary
              - type: ngrok
accessKeys:
  - ref: office--default
    body:
      name: office
      accessKeyConfigurationId:
        $ref: accessKeyConfigurations/office
      metadata: '{"team":"x"}'
gatewayConfig:
  body:
    totalTimeout: 2m
"""
