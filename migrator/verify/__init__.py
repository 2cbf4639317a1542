"""Whether the new setup allows, denies and pays for the same: both gateways as functions, compared.

``old`` is written from what the parsed policy says, ``new`` from the bodies of a manifest. Neither knows how
the conversion works: what it reads and decides is nothing to this package (a contract says so).
"""
