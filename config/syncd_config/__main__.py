"""`python -m syncd_config settings|practice` writes an example file to standard output."""

import sys

from syncd_config.examples import example_practice, example_settings


def main(arguments: list[str]) -> int:
    """The exit code; 2 when the arguments are not one of the two names."""
    match arguments:
        case ["settings"]:
            sys.stdout.write(example_settings())
        case ["practice"]:
            sys.stdout.write(example_practice())
        case _:
            sys.stderr.write("usage: python -m syncd_config settings|practice\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
