"""What a caller of the ledger gets in hand: a view to read from, a transaction to write with."""

from __future__ import annotations

from syncd.ledger.answers import AnswerReads, AnswerWrites
from syncd.ledger.appointment_writes import AppointmentWrites
from syncd.ledger.audit import AuditReads
from syncd.ledger.awaited import AwaitedReads, AwaitedWrites
from syncd.ledger.clients import ClientReads, ClientWrites
from syncd.ledger.conflicts import ConflictReads, ConflictWrites
from syncd.ledger.deliveries import DeliveryReads, DeliveryWrites
from syncd.ledger.journal import JournalReads
from syncd.ledger.links import LinkReads, LinkWrites
from syncd.ledger.plans import PlanReads, PlanWrites
from syncd.ledger.remote_events import RemoteEventReads, RemoteEventWrites
from syncd.ledger.restart import RestartWrites
from syncd.ledger.rooms import RoomReads, RoomWrites
from syncd.ledger.states import StateReads, StateWrites
from syncd.ledger.tokens import TokenReads, TokenWrites


class View(
    LinkReads,
    AuditReads,
    AwaitedReads,
    ClientReads,
    RemoteEventReads,
    ConflictReads,
    StateReads,
    PlanReads,
    AnswerReads,
    DeliveryReads,
    TokenReads,
    RoomReads,
    JournalReads,
):
    """One moment of the ledger. Every query sees the same state, whatever is written meanwhile."""


class Transaction(
    RestartWrites,
    View,
    LinkWrites,
    AwaitedWrites,
    AppointmentWrites,
    ClientWrites,
    RemoteEventWrites,
    ConflictWrites,
    StateWrites,
    PlanWrites,
    AnswerWrites,
    DeliveryWrites,
    TokenWrites,
    RoomWrites,
):
    """A view that may change things: all of them together, or none."""
