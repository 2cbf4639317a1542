"""The one way in which cutting says no."""

from __future__ import annotations


class CannotCutError(Exception):
    """The layout has no place to cut at; the document is to be written anew. Never leaves the package."""
