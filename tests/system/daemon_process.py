"""`syncd run` with the pauses of an impatient test: `python daemon_process.py '{"lease_ttl": 1}'`.

What the settings refuse as too short is set behind their back; nothing else differs.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta

from syncd.core import awaiting
from syncd.daemon import process, timetable
from syncd.flows import sync
from syncd_calcom import rate
from syncd_config import load_settings

if __name__ == "__main__":
    wanted = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    seconds = {name: timedelta(seconds=value) for name, value in wanted.items()}
    sync.FIRST_PAUSE = seconds.pop("first_pause", timedelta(seconds=0.5))
    timetable.REST = seconds.pop("rest", timedelta(seconds=0.2))
    process.LOOK_EVERY = seconds.pop("look_every", timedelta(seconds=0.1))
    rate.PER_SECOND = 1 / seconds.pop("calcom_every", timedelta(seconds=1)).total_seconds()
    awaiting.LONGEST_WAIT = seconds.pop("longest_wait", awaiting.LONGEST_WAIT)
    only = os.environ.pop("SYNCD_TEST_ONLY", None)
    settings = load_settings(os.environ).settings.model_copy(update=seconds)
    sys.exit(process.run(settings, os.environ, only=only))
