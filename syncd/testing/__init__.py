"""For tests, ours and a provider author's: a frozen clock, builders, a calendar in memory, laws.

Shipped in the wheel. `provider_laws` is imported by name: it needs pytest.
"""

from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.faults import FaultScript, Moment, PortCall, answer_lost
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.memory_kind import MemoryKind
from syncd.testing.memory_provider import MemoryProvider
from syncd.testing.quirks import CALCOM, CALDAV, GOOGLE, Cursors, Etag, Quirks

__all__ = [
    "CALCOM",
    "CALDAV",
    "GOOGLE",
    "Cursors",
    "Etag",
    "FaultScript",
    "ForeignEvent",
    "FrozenClock",
    "Hand",
    "MemoryCalendar",
    "MemoryKind",
    "MemoryProvider",
    "Moment",
    "PortCall",
    "Quirks",
    "Repeat",
    "SeededRandomness",
    "answer_lost",
]
