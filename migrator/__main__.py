"""``python -m migrator``: the command line, where its script is not on the path."""

from migrator.cli import main

if __name__ == "__main__":  # a process that is spawned for a part of the work imports this as well
    main()
