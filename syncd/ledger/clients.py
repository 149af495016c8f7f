"""Clients: one is one mailbox and name, since families share a mailbox. Erasing empties the person
and keeps the appointments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select, update

from syncd.core.appointment import Client
from syncd.core.errors import AlreadyThere, Unknown
from syncd.core.ids import ClientId
from syncd.core.journal import Cause
from syncd.ledger.relations import RelationReads, RelationWrites
from syncd.ledger.tables import answers, appointments, clients, conflicts, tokens
from syncd.ledger.unit import Unit, chunks


class ClientReads(RelationReads, Unit):
    def client(self, client_id: ClientId) -> Client:
        """Raises Unknown."""
        row = self._read(
            select(clients).where(
                clients.c.practice_id == self.practice_id, clients.c.id == client_id
            )
        ).one_or_none()
        if row is None:
            raise Unknown("client", client_id)
        return _client(row)

    def is_erased(self, client_id: ClientId) -> bool:
        c = clients.c
        statement = select(c.erased_at).where(
            c.practice_id == self.practice_id, c.id == client_id, c.erased_at.is_not(None)
        )
        return self._read(statement).one_or_none() is not None

    def clients(
        self,
        *,
        like: str | None = None,
        among: Iterable[ClientId] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Client]:
        """Those who were not erased, by name. `like`: their name or mailbox has these words in it,
        capitals and spaces aside. `among`: one of these."""
        c = clients.c
        statement = select(clients).where(c.practice_id == self.practice_id, c.erased_at.is_(None))
        if like is not None:
            words = folded(like)
            has = (key.contains(words, autoescape=True) for key in (c.name_key, c.email_key))
            statement = statement.where(or_(*has))
        if among is not None:
            statement = statement.where(c.id.in_(sorted(among)))
        ordered = statement.order_by(c.name, c.id).limit(limit).offset(offset)
        return [_client(row) for row in self._read(ordered)]

    def client_like(self, *, email: str, name: str) -> Client | None:
        """The client with this mailbox and name, capitals and spaces aside."""
        row = self._read(
            select(clients).where(
                clients.c.practice_id == self.practice_id,
                clients.c.email_key == folded(email),
                clients.c.name_key == folded(name),
            )
        ).one_or_none()
        return _client(row) if row else None


class ClientWrites(ClientReads, RelationWrites):
    def find_or_add_client(
        self,
        *,
        name: str,
        email: str | None,
        phone: str | None = None,
        cause: Cause,
        renews: bool = True,
    ) -> Client:
        """The client with this mailbox and name, given the phone number that is named where there
        is none yet, or where it `renews` the one there is: anybody can claim to be somebody.
        Without a mailbox nobody can be recognised: that is always a new client."""
        found = self.client_like(email=email, name=name) if email else None
        if found is not None:
            return self.give_phone(found, phone if renews or not found.phone else None, cause)
        return self._add(name, email, phone, cause)

    def add_client(
        self, *, name: str, email: str | None, phone: str | None, cause: Cause
    ) -> Client:
        """A new client. Raises AlreadyThere for a mailbox and name that somebody has."""
        self._require_unlike(None, name, email)
        return self._add(name, email, phone, cause)

    def _add(self, name: str, email: str | None, phone: str | None, cause: Cause) -> Client:
        client = Client(id=ClientId(self.new_id()), name=name, email=email, phone=phone)
        with self._undoable():
            self._write(
                clients.insert(),
                {
                    "practice_id": self.practice_id,
                    **asdict(client),
                    "email_key": folded(email) if email else None,
                    "name_key": folded(name),
                    "created_at": self.now,
                    "erased_at": None,
                },
            )
            self._record("add", "client", client.id, cause=cause, before=None, after=asdict(client))
        return client

    def change_client(self, changed: Client, cause: Cause) -> bool:
        """Give the client that name, mailbox and number; whether that is news. Raises Unknown, also
        for one who was erased, and AlreadyThere for what makes them like another."""
        before = self.client(changed.id)
        if self.is_erased(changed.id):
            raise Unknown("client", changed.id)
        if before == changed:
            return False
        self._require_unlike(changed.id, changed.name, changed.email)
        keys = {
            "email_key": folded(changed.email) if changed.email else None,
            "name_key": folded(changed.name),
        }
        self._set(
            clients,
            clients.c.id == changed.id,
            name=changed.name,
            email=changed.email,
            phone=changed.phone,
            **keys,
        )
        self._record_change(before, changed, cause)
        return True

    def _require_unlike(self, client_id: ClientId | None, name: str, email: str | None) -> None:
        """Raises AlreadyThere where another client has this mailbox and name."""
        found = self.client_like(email=email, name=name) if email else None
        if found is not None and found.id != client_id:
            raise AlreadyThere(f"client {found.id} has that e-mail address and name")

    def erase_client(self, client_id: ClientId, cause: Cause) -> int:
        """Empty what is personal about a client: the row, titles and reasons of their appointments,
        the texts of the journal about both, what conflicts and answers kept, and their tokens.
        Appointments, their times and the chain of the journal stay. Calendars are not touched, nor
        what is remembered of the events in them. Idempotent. Raises Unknown.

        The number of entries emptied."""
        self.client(client_id)
        a = appointments.c
        theirs = select(a.id).where(a.practice_id == self.practice_id, a.client_id == client_id)
        booked = [row.id for row in self._read(theirs.order_by(a.id))]
        t = tokens.c
        held = select(t.id).where(t.practice_id == self.practice_id, t.client_id == client_id)
        keys = [row.id for row in self._read(held.order_by(t.id))]
        erased = self._erase_texts("client", [client_id]) + self._erase_texts("appointment", booked)
        erased += self._erase_texts("token", keys)
        erased += self._erase_texts("relationship", self._relationship_ids(client_id))
        self._set(tokens, t.client_id == client_id, name="", revoked_at=self.now)
        self._forget_relations(client_id)
        if not erased:
            return 0
        self._set(conflicts, conflicts.c.appointment_id.in_(theirs), remote_body="")
        self._write(delete(answers).where(answers.c.appointment_id.in_(theirs)))
        self._set(appointments, a.client_id == client_id, title=None, reason=None, answers=None)
        self._forget_links(booked)
        gone = dict.fromkeys(("email", "phone", "email_key", "name_key"))
        self._set(clients, clients.c.id == client_id, name="", erased_at=self.now, **gone)
        self._record("erase", "client", client_id, cause=cause, before=None, after=None)
        return erased

    def _forget_links(self, appointment_ids: Sequence[str]) -> None:
        """Where they met may be a link that was made for them."""
        a = appointments.c
        for ids in chunks(appointment_ids):
            mine = a.practice_id == self.practice_id
            rows = self._read(select(a.id, a.as_booked).where(mine, a.id.in_(ids)))
            for each in list(rows):
                if each.as_booked and each.as_booked.get("link"):
                    without = {key: it for key, it in each.as_booked.items() if key != "link"}
                    self._set(appointments, a.id == each.id, as_booked=without)

    def _set(self, table: Table, which: ColumnElement[bool], **values: Any) -> None:
        mine = table.c.practice_id == self.practice_id
        self._write(update(table).where(mine, which).values(**values))

    def give_phone(self, client: Client, phone: str | None, cause: Cause) -> Client:
        """The client with this number; as they are where it is none, or theirs already."""
        if not phone or phone == client.phone:
            return client
        changed = replace(client, phone=phone)
        self._set(clients, clients.c.id == client.id, phone=phone)
        self._record_change(client, changed, cause)
        return changed

    def _record_change(self, before: Client, after: Client, cause: Cause) -> None:
        was, now = asdict(before), asdict(after)
        self._record("change", "client", after.id, cause=cause, before=was, after=now)


def folded(words: str) -> str:
    """Words as they are compared: capitals and spaces aside."""
    return " ".join(words.split()).casefold()


def _client(row: Any) -> Client:
    return Client(id=row.id, name=row.name, email=row.email, phone=row.phone)
