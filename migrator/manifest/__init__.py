"""The manifest, read: what has to exist at ngrok.ai, from the file that convert wrote or from its data."""

from migrator.manifest.model import MEMBERS, Entry, Manifest, SecretUse
from migrator.manifest.problems import ManifestError
from migrator.manifest.read import manifest_of, read_manifest

__all__ = ["MEMBERS", "Entry", "Manifest", "ManifestError", "SecretUse", "manifest_of", "read_manifest"]
