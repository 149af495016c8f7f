"""`python -m syncd.cli.demo.calcom_process PORT FILE`: the stand-in for Cal.com, until told to end.

Its clock is the machine's; its world is the sample practice of the stand-in, and is not kept. The
key of the doctor's account is put into the file.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from syncd.wiring import SystemClock
from syncd_calcom.standin import ALICE_KEY, HOSTED, a_practice, serve

_ENDS = {signal.SIGTERM, signal.SIGINT}


def main(port: int, key_file: Path) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)  # before any thread: they all leave them to us
    key_file.touch(0o600)
    key_file.write_text(f"{ALICE_KEY}\n")
    with serve(a_practice(SystemClock().now, seed=7, profile=HOSTED), port=port):
        signal.sigwait(_ENDS)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
