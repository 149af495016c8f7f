"""A CalDAV server that departs from the RFCs as real servers were seen to, by name and by switch.

On loopback (`quirky`) or in this process (`Site` behind `InProcess`). Which departure was seen
where, and which law shows what syncd makes of it, stands in docs/caldav-servers.md. Imports nothing
of syncd.
"""

from .messages import Answer, Request, Reset
from .profiles import (
    BARE,
    CYRUS,
    DAVICAL,
    NEXTCLOUD,
    SABRE_1,
    SABRE_4,
    SERVERS,
    SINGLE,
    SOGO,
)
from .serving import InProcess, quirky
from .site import HOME, SECRET, USER, Site
from .switches import Quirks

__all__ = [
    "BARE",
    "CYRUS",
    "DAVICAL",
    "HOME",
    "NEXTCLOUD",
    "SABRE_1",
    "SABRE_4",
    "SECRET",
    "SERVERS",
    "SINGLE",
    "SOGO",
    "USER",
    "Answer",
    "InProcess",
    "Quirks",
    "Request",
    "Reset",
    "Site",
    "quirky",
]
