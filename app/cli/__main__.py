"""`python -m app.cli …`: the command line without its script."""

from app.cli import main

main()
