"""The process that keeps calendars in sync by itself: `syncd run`.

process    settings in, exit code out; signals, reload, systemd
loop       one turn after another: look, heartbeat, begin what is due, tell
timetable  what is due and what begins now; pure
rounds     one round in a worker thread, whatever happens in it
leases     what this node holds, and until when it may believe so
"""

from syncd.daemon.process import run

__all__ = ["run"]
