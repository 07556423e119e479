"""`python -m etl` is the command `etl`."""

from etl.cli import main

main()
