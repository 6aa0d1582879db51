"""Run the command line: `python -m recognizance`."""

from recognizance.cli.main import main

main()
