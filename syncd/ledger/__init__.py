"""The appointment ledger: the only room where a database is spoken to.

`open_ledger` gives a `Ledger`; `ledger.read()` a `View`, `ledger.write(work)` hands `work` a
`Transaction`. Everything that comes out or goes in is a value of the core.
"""

from syncd.ledger.answers import Answered
from syncd.ledger.appointments import AppointmentFilter
from syncd.ledger.claims import Claim
from syncd.ledger.opening import Ledger, StandIn, open_ledger
from syncd.ledger.past import Past
from syncd.ledger.remote_events import BusyBlock, Known, known_of
from syncd.ledger.schema import Standing
from syncd.ledger.views import Transaction, View

__all__ = [
    "Answered",
    "AppointmentFilter",
    "BusyBlock",
    "Claim",
    "Known",
    "Ledger",
    "Past",
    "StandIn",
    "Standing",
    "Transaction",
    "View",
    "known_of",
    "open_ledger",
]
