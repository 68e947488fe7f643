"""`python -m web.cli` is the `silang` command."""

from web.cli import main

main()
