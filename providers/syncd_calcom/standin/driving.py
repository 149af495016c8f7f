"""Performs the steps of a request: one after the other in this thread, or on an event loop.

In a thread nothing else happens between two steps, unless the sender asks the API itself or a test
puts something there. On a loop other requests run at every step, so that requests which arrive
together race as they do in reality.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from syncd_calcom.standin.desk import Desk
from syncd_calcom.standin.messages import Answer, Call, Deliver, Delivery, Gap, Steps, Wait
from syncd_calcom.standin.sending import Sender

Waiter = Callable[[timedelta], None]
AsyncSender = Callable[[Delivery], Awaitable[None]]


def no_waiting(_: timedelta) -> None:
    """For whoever moves the clock itself."""


def nothing() -> None:
    """Nobody else asks meanwhile."""


def run(
    steps: Steps,
    *,
    send: Sender,
    wait: Waiter = no_waiting,
    between: Callable[[], None] = nothing,
) -> Answer:
    """Every step in this thread. `between` is called where another request may run: after a check
    and before its write. Raises HungUp."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: Answer = end.value
            return found
        match step:
            case Deliver(deliveries):
                for each in deliveries:
                    send(each)
            case Wait(duration):
                wait(duration)
            case Gap():
                between()


def send_all(deliveries: Iterable[Deliver], send: Sender) -> None:
    """What no request causes: the cron job's, and what was kept back."""
    for each in deliveries:
        for delivery in each.deliveries:
            send(delivery)


async def answer_later(desk: Desk, call: Call, send: AsyncSender) -> Answer:
    """Raises HungUp."""
    steps = desk.steps(call)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: Answer = end.value
            return found
        match step:
            case Deliver(deliveries):
                await asyncio.gather(*(send(each) for each in deliveries))
            case Wait(duration):
                await asyncio.sleep(duration.total_seconds())
            case Gap():
                await asyncio.sleep(0)


def in_a_thread(send: Sender) -> AsyncSender:
    """A sender that blocks, so that the loop goes on and the receiver may ask the API."""

    async def sent(delivery: Delivery) -> None:
        await asyncio.to_thread(send, delivery)

    return sent
