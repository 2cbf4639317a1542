"""The model catalogues as data: what the old gateway knew and what the new one offers.

``legacy.json`` is the catalogue of June 2026 with its model and provider aliases,
``current.json`` the public one of the new gateway. Both have one format, so that an update is an
edit: ``formatVersion``, ``asOf``, ``source``, ``reservedProviderIds``, ``providers`` (``id``,
``baseUrl``, ``keyRequired``, ``aliases``, ``models``: ``id``, ``contextWindow``,
``maxOutputTokens``, ``inputModalities``; null is *unknown*) and ``modelAliases``
(alias → ``provider`` and ``model``).
"""

from migrator.catalog.load import Catalog, CatalogModel, CatalogProvider, Catalogs, bundled

__all__ = ["Catalog", "CatalogModel", "CatalogProvider", "Catalogs", "bundled"]
