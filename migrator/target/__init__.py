"""The new side: the desired state as typed nodes, its bodies, limits and spellings."""
