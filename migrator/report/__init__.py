"""Reports, every one of them rendered from the same model: ``merge.model.Migration``.

``formats`` is the table of what ``--report`` knows; ``audit`` is the view of a fleet, ``explain``
the documentation of the findings.
"""
