"""Text that is no YAML and holds policies in its strings: one module for each language."""
