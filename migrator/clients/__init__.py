"""What a team's own code has to change: the applications that called the converted endpoints.

================  =============================================================================
``bundle``        what a bundle of ``convert`` says of endpoints, names and scopes
``files``         files as bytes: read as they are, written whole or not at all
``search``        the files below some paths, each with its mentions
``mentions``      one text → where something of the old gateway is mentioned
``variables``     environment variables that are entries of a list
``inherited``     variables that come all together, of a Secret, a ConfigMap or a file
``evidence``      what a file says of the API it calls
``urls``          a base URL → the new one, judged by what stands around it
``models``        a model's name → what becomes of it for the clients of some endpoints
``changes``       mentions → the text after them, as a patch or on the disk
``report``        mentions as text and JSON
================  =============================================================================

Only matches are shown, never the lines they stand on; a patch has no line that may hold a credential.
"""

from migrator.clients.bundle import Bundle, read_bundle
from migrator.clients.changes import Patched, Written, patched, written
from migrator.clients.mentions import KINDS, Mention
from migrator.clients.report import json_report, left, text_report
from migrator.clients.search import Searched, search

__all__ = [
    "KINDS",
    "Bundle",
    "Mention",
    "Patched",
    "Searched",
    "Written",
    "json_report",
    "left",
    "patched",
    "read_bundle",
    "search",
    "text_report",
    "written",
]
