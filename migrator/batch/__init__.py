"""A run over many files, spread over several processes: the same result, byte for byte.

What crosses the border of a process decides what is gained, so this is how the stages are cut::

    find inputs     here
    read            spread, by file; with it whatever of ``translate`` needs nothing but that file
    gather          here: what refers to each other across files is linked, and translated if it was not yet
    merge           here
    compare         spread, by unit; with each part go the objects it can reach

A process that has read a file which *stands alone* (``sources.kept``) translates it, and what comes back is a
``Portion`` without the policies' trees. Comparing reads them again from the masked text, in the process that
compares. Any other file comes back whole. Its units are translated as a guess, and whether that holds is decided
here, after everything is linked: a unit is taken as translated only if linking the file among all gave the very
same unit (``work.Mark``), so nothing depends on which files stood in one part.

Both ways only bytes go, packed by ``packing``: any ``concurrent.futures.Executor`` can carry them, and whatever
it raises is about its processes and never about a policy (``workers``). Parts are handed out as results are
taken, so that neither all inputs nor all results are ever packed at once, and results come in the order of the
inputs (``spread``). A part whose process died is done again alone, then file by file; the file that ends a
process twice becomes a finding.
"""
