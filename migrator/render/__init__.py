"""The artefacts: manifest, calls, script, checklist, and the bundle that holds them all."""
