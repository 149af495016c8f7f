"""One target under atheris, as `fuzz` starts it: its name, for how many seconds, where findings are
kept, and an empty folder for itself."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from pathlib import Path

import atheris

from .bounds import FUZZED_MEMORY, FUZZED_SECONDS

# It names every module that it instruments.
with (
    redirect_stderr(io.StringIO()),
    atheris.instrument_imports(include=["syncd", "syncd_caldav", "syncd_config"]),
):
    from .seeds import TARGETS, dictionary, seeds


def main() -> None:
    """Never returns: libFuzzer ends the process, with 0 if there was nothing to find."""
    name, seconds, kept, scratch = sys.argv[1:5]
    begin = Path(scratch) / "seeds"
    begin.mkdir()
    for at, each in enumerate(seeds(name)):
        (begin / str(at)).write_bytes(each)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={FUZZED_SECONDS}",
        f"-rss_limit_mb={FUZZED_MEMORY >> 20}",
        f"-artifact_prefix={kept}/",
        f"-dict={dictionary(Path(scratch) / 'tokens')}",
        "-max_len=16384",
        "-verbosity=0",
        "-print_final_stats=1",
        str(begin),
    ]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
