"""Text → tree with positions: YAML and JSON files as plain nodes, refusals as values.

``text.decode`` turns bytes into text, ``load.load`` turns text into documents of ``nodes``,
``place.locate`` finds a position inside a value. Nothing here knows what the files mean.
"""
