"""`python -m converter`: the command line."""

from converter.cli.app import main

main()
