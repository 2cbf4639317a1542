"""How fast the tool is, next to programs that everybody has: see ``README.md``."""
