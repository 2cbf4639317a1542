"""The model catalogues as data: what the old gateway knew and what the new one offers.

``legacy.json`` is the catalogue of June 2026 with its model and provider aliases,
``current.json`` the public one of the new gateway. Both have the one format that ``docs/catalog.md``
describes, so that an update is an edit; ``read_catalog`` reads a file that takes the place of either,
``live.from_models_answer`` makes the current one out of what an account answers. None is *unknown*.
"""

from migrator.catalog.load import bundled, catalogs_with, read_catalog
from migrator.catalog.model import Catalog, CatalogModel, CatalogProvider, Catalogs, Gateway

__all__ = [
    "Catalog",
    "CatalogModel",
    "CatalogProvider",
    "Catalogs",
    "Gateway",
    "bundled",
    "catalogs_with",
    "read_catalog",
]
