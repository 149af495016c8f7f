"""What holds after any history of bookings, moves and cancellations, and what repeats."""

import json
from datetime import timedelta
from itertools import pairwise

from calcom_harness import JANE, MONDAY, Practice
from hypothesis import given
from hypothesis import strategies as st

from syncd_calcom.standin import HOSTED, HookFaults

HOURS = st.integers(min_value=8, max_value=15)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["book", "ask", "move", "cancel", "confirm", "decline"]),
        HOURS,
        st.integers(min_value=0, max_value=5),
    ),
    max_size=14,
)


def lived(acts, practice=None):
    """A practice after these acts, whichever of them were refused, and the newest uid of each
    chain."""
    practice = practice or Practice()
    chains = []
    for act, hour, which in acts:
        start = f"{MONDAY}T{hour:02}:00:00Z"
        if act in {"book", "ask"}:
            body = {
                "start": start,
                "eventTypeId": 301 if act == "book" else 302,
                "attendee": {**JANE, "email": f"p{len(chains)}@example.test"},
                "metadata": {"syncd_no": f"A-{len(chains)}"},
            }
            answer = practice.ask("POST", "/v2/bookings", body)
            if answer.status_code == 201:
                chains.append(answer.json()["data"]["uid"])
        elif chains:
            place = which % len(chains)
            verb = "reschedule" if act == "move" else act
            body = {"move": {"start": start}, "cancel": {"cancellationReason": "x"}}.get(act, {})
            answer = practice.ask("POST", f"/v2/bookings/{chains[place]}/{verb}", body)
            if act == "move" and answer.status_code == 201:
                chains[place] = answer.json()["data"]["uid"]
    return practice, chains


def everything(practice, **query):
    return practice.data("GET", "/v2/bookings", take=250, **query)


@given(ACTS)
def test_a_chain_has_one_icalendar_uid_one_number_and_at_most_one_that_lives(acts):
    practice, chains = lived(acts)

    by_uid = {}
    for each in everything(practice):
        by_uid.setdefault(each["icsUid"], []).append(each)

    assert len(by_uid) == len(chains)
    for links in by_uid.values():
        alive = [each for each in links if each["status"] in {"accepted", "pending"}]
        assert len(alive) <= 1
        assert len({each["metadata"]["syncd_no"] for each in links}) == 1


@given(ACTS)
def test_no_two_accepted_bookings_that_nobody_confirmed_overlap(acts):
    """One at a time: only a race, a confirmation or a series double-books."""
    practice, _ = lived([each for each in acts if each[0] != "confirm"])

    taken = sorted(
        (each["start"], each["end"])
        for each in everything(practice)
        if each["status"] == "accepted"
    )
    assert all(end <= start for (_, end), (start, _) in pairwise(taken))


@given(ACTS)
def test_polling_by_update_sees_whatever_a_booking_has_become(acts):
    practice = Practice()
    known, mark = {}, "2000-01-01T00:00:00Z"

    for act in acts:
        practice, _ = lived([act], practice)
        rows = everything(practice, afterUpdatedAt=mark, sortUpdatedAt="asc")
        for each in rows:
            known[each["uid"]] = each
            mark = each["updatedAt"]

    assert known == {each["uid"]: each for each in everything(practice)}


@given(ACTS)
def test_whatever_happened_was_told_once(acts):
    practice, _ = lived(acts)

    told = [each["payload"]["uid"] for each in practice.told]
    assert {each["uid"] for each in everything(practice)} == set(told)
    made = [t for t in practice.triggers if t in {"BOOKING_CREATED", "BOOKING_REQUESTED"}]
    assert len(made) >= len({each["icsUid"] for each in everything(practice)})


@given(ACTS, st.integers(min_value=0, max_value=3))
def test_the_same_seed_and_the_same_requests_give_the_same_bytes(acts, seed):
    def transcript():
        practice = Practice(HOSTED, seed=seed)
        practice.world.faults.hooks = HookFaults(dropped=0.2, duplicated=0.2, forged=0.2)
        lived(acts, practice)
        return json.dumps(everything(practice)), [(each.url, each.body) for each in practice.sent]

    assert transcript() == transcript()


def test_another_seed_gives_other_uids():
    assert Practice(seed=1).book()["uid"] != Practice(seed=2).book()["uid"]


def test_nothing_but_the_clock_that_was_given_tells_the_time():
    practice = Practice()
    practice.clock.advance(timedelta(days=365))

    created = practice.book("2032-03-01T09:00:00Z")["createdAt"]

    assert created.startswith("2032-02-29T08:00")
