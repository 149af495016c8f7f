"""A broken promise, by the name that the list of invariants gives it, with evidence."""

from __future__ import annotations

from collections.abc import Mapping

INVARIANTS: Mapping[str, str] = {
    "L1": "an acknowledged write is there, whatever ends",
    "L2": "a number is issued once, in order, without gaps",
    "L3": "no two appointments hold the same time, and none a time that is known to be busy",
    "L5": "every change has its entry in the journal, which verifies",
    "S1": "ledger and calendars agree once faults have stopped",
    "S2": "then a round writes nothing, on either side",
    "S3": "an appointment is one event a calendar, and an event one appointment",
    "S4": "nothing that somebody wrote is overwritten by who had not seen it, or lost",
    "S5": "nothing is removed because something could not be read",
    "S6": "a cursor never passes what was not applied",
    "S7": "what came from a calendar is not written back to it",
    "S8": "a write that was sent twice has one effect",
    "S9": "who lost the lease writes nothing any more, and nobody takes it from who has it",
    "S10": "what was cancelled is not written as alive afterwards",
    "S11": "one bad event harms no other",
    "S12": "what syncd does not own survives its writes",
    "S13": "instants are the same on every side, whatever the clock and the zone do",
    "B1": "who booked is told what the calendar that has the last word said, and it is so",
    "B2": "that word, or the deadline, decides about a booking, once",
    "B3": "no booking waits for ever, or for another word than at first",
    "B4": "while a calendar's word is awaited no other calendar is told",
    "P7": "a calendar that is suspended is left alone until somebody releases it",
    "P10": "a calendar is told no more than it may be",
    "W4": "whoever asks for a round gets one soon",
    "L4": "who saw an older version changes nothing",
    "O1": "a server is asked no more than is needed, and keeps no other one waiting",
    "O2": "no error of our own ends a round",
    "O6": "status says in sync only if it is so, and shows what is not",
}


class Violation(BaseException):
    """An invariant does not hold. Nothing that is under test can catch it."""

    def __init__(self, invariant: str, *evidence: object) -> None:
        self.invariant = invariant
        self.evidence = " ".join(str(each) for each in evidence)
        super().__init__(f"{invariant} ({INVARIANTS[invariant]}): {self.evidence}")


def require(claim: object, invariant: str, *evidence: object) -> None:
    """Raise a Violation unless the claim holds."""
    if not claim:
        raise Violation(invariant, *evidence)
