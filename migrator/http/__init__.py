"""The HTTP transport: the one place that opens a connection, and the one user of httpx.

A credential goes over TLS, or to this machine, and to the one address it was given for; it is in no
message, no exception and no ``repr``. Every wait, every answer and every number of attempts is bounded.
"""

from migrator.http.address import path_below
from migrator.http.answer import shown
from migrator.http.client import Api, Limits, Session, get_json, session
from migrator.http.pace import Pace

__all__ = ["Api", "Limits", "Pace", "Session", "get_json", "path_below", "session", "shown"]
