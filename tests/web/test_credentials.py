"""Who is let in: tokens, JWTs of an identity provider, and how guessing is slowed down."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from httpx import Client
from jwt.algorithms import RSAAlgorithm

from syncd.core.ids import ClientId, PractitionerId, TokenId
from syncd.flows.clients import erase
from syncd.flows.tokens import revoke
from syncd.web import JwtTerms, Office, create_app

from .conftest import CAUSE, Door, served, served_behind

SECRET = "a secret of thirty-two octets, or more"
TERMS = JwtTerms(issuer="https://id.example", audience="syncd", algorithm="HS256", secret=SECRET)


def with_header(door, *headers):
    return door.http.get("/api/v1/me", headers=[("Authorization", each) for each in headers])


def test_a_token_says_whom_it_stands_for(door):
    assert door.get("/me").json() == {"role": "admin", "practitionerId": None, "clientId": None}
    assert door.get("/me", "patel").json()["practitionerId"] == "dr-patel"
    assert door.get("/me", "jane").json()["role"] == "client"
    assert door.get("/me", "website").json()["role"] == "public"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic eDp5", "Bearer syncd_0123", "Bearer x y", "Token t"]
)
def test_what_is_no_credential_counts_as_a_wrong_one_and_never_as_none(door, header):
    door.practice_is(public_booking=True)

    assert with_header(door, header).status_code == 401
    assert door.get("/me", None).status_code == 200


def test_two_credentials_are_one_too_many(door):
    good = f"Bearer {door.tokens['admin']}"

    assert with_header(door, good).status_code == 200
    assert with_header(door, good, good).status_code == 401


def test_a_token_ends_when_it_expires_is_revoked_or_its_holder_is_gone(door):
    assert door.get("/me", "short").status_code == 200
    door.now_is(door.around.clock.now() + timedelta(hours=1))
    assert door.get("/me", "short").status_code == 401
    revoke(door.around, TokenId(door.tokens["admin"].split("_")[1]), CAUSE)
    assert door.get("/me", "admin").status_code == 401
    jane = door.get("/me", "jane").json()["clientId"]
    erase(door.around, ClientId(jane), CAUSE)
    assert door.get("/me", "jane").status_code == 401


def test_a_feeds_token_opens_nothing_else(door):
    assert door.get("/me", "feed").status_code == 401
    assert door.get("/appointments", "feed").status_code == 401


def test_nothing_but_a_feeds_token_opens_a_feed(door):
    assert door.http.get(f"/feeds/{door.tokens['feed']}.ics").status_code == 200
    assert door.http.get(f"/feeds/{door.tokens['admin']}.ics").status_code == 404
    assert door.http.get("/feeds/nothing.ics").status_code == 401


def test_whoever_guesses_is_slowed_down_and_nobody_else(door):
    for _ in range(20):
        assert with_header(door, "Bearer wrong").status_code == 401

    slowed = with_header(door, "Bearer wrong")

    assert (slowed.status_code, slowed.json()["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(slowed.headers["retry-after"]) <= 60
    assert door.get("/me").status_code == 200
    door.now_is(door.around.clock.now() + timedelta(minutes=1))
    assert with_header(door, "Bearer wrong").status_code == 401


@contextmanager
def again(door, **changes):
    """The same clinic behind another door."""
    office = replace(door.office, **changes)
    with served(create_app(office)) as base, Client(base_url=base, trust_env=False) as http:
        yield Door(door.around, office, http, door.tokens)


def test_a_caller_who_comes_too_often_waits_and_others_do_not(door):
    with again(door, requests_a_minute=3) as busy:
        answers = [busy.get("/me", "jane").status_code for _ in range(4)]

        assert answers == [200, 200, 200, 429]
        assert busy.get("/me", "john").status_code == 200
        busy.now_is(busy.around.clock.now() + timedelta(minutes=1))
        assert busy.get("/me", "jane").status_code == 200


# JWT.


@pytest.fixture
def provider(door):
    with again(door, jwt=TERMS) as found:
        yield found


def claims(door, **changes):
    now = door.around.clock.now()
    return {
        "iss": "https://id.example",
        "aud": "syncd",
        "sub": "mueller",
        "exp": (now + timedelta(minutes=5)).timestamp(),
        "syncd_role": "practitioner",
        "syncd_id": "dr-patel",
    } | changes


def come_with(door, said, key=SECRET, algorithm="HS256"):
    door.tokens["jwt"] = jwt.encode(said, key, algorithm=algorithm)
    return door.get("/me", "jwt")


def test_a_jwt_of_the_practices_provider_stands_for_its_holder(provider):
    answer = come_with(provider, claims(provider))

    assert answer.json() == {"role": "practitioner", "practitionerId": "dr-patel", "clientId": None}
    made = provider.booked("jwt", client={"name": "Al", "email": "al@example.org"})
    [entry] = provider.get(f"/appointments/{made['id']}/history").json()["entries"]
    assert entry["actor"].startswith("jwt:")
    assert "mueller" not in entry["actor"]


def test_a_jwt_of_a_guardian_stands_for_whom_they_are_responsible_for(provider):
    ada = provider.get("/me", "mother").json()["clientId"]

    answer = come_with(provider, claims(provider, syncd_role="guardian", syncd_id=ada))

    assert answer.json()["role"] == "guardian"
    found = provider.get("/clients", "jwt").json()["clients"]
    assert [each["name"] for each in found] == ["Ada Doe", "Jane Doe"]


def test_tokens_of_ours_are_good_beside_it(provider):
    assert provider.get("/me", "jane").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"exp": 1.0},
        {"exp": "tomorrow"},
        {"nbf": 4e9},
        {"syncd_role": "system"},
        {"syncd_role": "feed"},
        {"syncd_role": "public"},
        {"syncd_role": None},
        {"syncd_role": ["admin"]},
        {"syncd_id": None},
        {"syncd_id": "dr-who"},
        {"syncd_id": 7},
        {"syncd_role": "client", "syncd_id": "nobody"},
        {"syncd_role": "guardian", "syncd_id": "nobody"},
    ],
)
def test_a_jwt_that_claims_anything_else_lets_nobody_in(provider, changes):
    refused = come_with(provider, claims(provider, **changes))

    assert refused.status_code == 401, refused.text
    assert refused.json()["detail"] == "this token lets nobody in"


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "sub", "syncd_role"])
def test_a_jwt_that_does_not_say_everything_lets_nobody_in(provider, missing):
    said = claims(provider)
    del said[missing]

    assert come_with(provider, said).status_code == 401


def test_the_algorithm_is_ours_to_choose(provider):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert come_with(provider, claims(provider), "", "none").status_code == 401
    assert come_with(provider, claims(provider), SECRET * 2, "HS512").status_code == 401
    assert come_with(provider, claims(provider), key, "RS256").status_code == 401
    assert (
        come_with(provider, claims(provider), "another secret, just as long as it").status_code
        == 401
    )


def test_clocks_may_differ_by_half_a_minute(provider):
    soon = provider.around.clock.now().timestamp()

    assert come_with(provider, claims(provider, exp=soon - 29)).status_code == 200
    assert come_with(provider, claims(provider, exp=soon - 31)).status_code == 401
    assert come_with(provider, claims(provider, nbf=soon + 29)).status_code == 200
    assert come_with(provider, claims(provider, nbf=soon + 31)).status_code == 401


def test_an_admin_needs_no_id_and_one_who_left_is_let_in_no_more(provider):
    assert (
        come_with(provider, claims(provider, syncd_role="admin", syncd_id=None)).json()["role"]
        == "admin"
    )

    def leaves(tx):
        tx.save_practitioner(
            replace(tx.practitioner(PractitionerId("dr-patel")), active=False), CAUSE
        )

    provider.around.ledger.write(leaves)

    assert come_with(provider, claims(provider)).status_code == 401


def test_without_a_provider_a_jwt_is_no_credential(door):
    assert come_with(door, claims(door)).status_code == 401


class Provider:
    """An identity provider's keys, served on loopback; `down` answers nothing of use."""

    def __init__(self):
        self.keys, self.down, self.asked = {}, False, 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked += 1
                body = json.dumps({"keys": [] if provider.down else provider.shown()}).encode()
                self.send_response(503 if provider.down else 200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def shown(self):
        return [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256"}
            for kid, key in self.keys.items()
        ]

    def new_key(self, kid):
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def come(self, door, kid, key=None):
        said = jwt.encode(
            claims(door), key or self.keys[kid], algorithm="RS256", headers={"kid": kid}
        )
        door.tokens["jwt"] = said
        return door.get("/me", "jwt").status_code


@pytest.fixture
def keyed(door):
    """A door that believes a provider's keys, and that provider."""
    provider = Provider()
    port = provider.server.server_address[1]
    terms = replace(
        TERMS, algorithm="RS256", secret=None, jwks_url=f"http://127.0.0.1:{port}/jwks.json"
    )
    provider.new_key("k1")
    with again(door, jwt=terms) as found:
        yield found, provider
    provider.server.shutdown()
    provider.server.server_close()


def later(door, seconds):
    door.now_is(door.around.clock.now() + timedelta(seconds=seconds))


def test_the_providers_keys_are_read_once_and_believed(keyed):
    door, provider = keyed

    assert [provider.come(door, "k1") for _ in range(3)] == [200] * 3
    assert provider.asked == 1
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert provider.come(door, "k1", stranger) == 401


def test_a_new_key_is_found_and_junk_asks_the_provider_twice_a_minute(keyed):
    door, provider = keyed
    provider.come(door, "k1")
    old = provider.keys["k1"]
    provider.new_key("k2")

    assert [provider.come(door, f"junk-{nth}", old) for nth in range(5)] == [401] * 5
    assert provider.asked == 1
    later(door, 31)
    assert provider.come(door, "k2") == 200
    assert provider.asked == 2


def test_while_the_provider_is_away_the_last_keys_hold(keyed):
    door, provider = keyed
    provider.come(door, "k1")
    provider.down = True
    later(door, 400)

    assert [provider.come(door, "k1") for _ in range(3)] == [200] * 3
    assert provider.asked == 2


def test_without_any_keys_nobody_can_tell_and_nobody_waits(keyed):
    door, provider = keyed
    provider.down = True

    refused = [provider.come(door, "k1") for _ in range(3)]

    assert refused == [503] * 3
    assert door.get("/me", "jwt").json()["code"] == "IDENTITY_UNAVAILABLE"
    assert provider.asked == 1
    assert door.get("/me", "jane").status_code == 200


def test_a_secret_is_not_in_what_is_printed():
    assert SECRET not in repr(Office(around=None, jwt=TERMS))


def wrong_from(http, *addresses):
    """What whoever guesses is answered, each time from where a proxy says."""
    return [
        http.get(
            "/api/v1/me", headers={"Authorization": "Bearer wrong", "X-Forwarded-For": each}
        ).status_code
        for each in addresses
    ]


@pytest.mark.parametrize(("trusted", "last"), [("127.0.0.1", 401), ("", 429), ("10.0.0.9", 429)])
def test_where_a_request_comes_from_is_believed_of_proxies_that_are_trusted(door, trusted, last):
    with (
        served_behind(create_app(door.office), trusted) as base,
        Client(base_url=base, trust_env=False) as http,
    ):
        wrong_from(http, *["203.0.113.7"] * 20)

        assert wrong_from(http, "203.0.113.8") == [last]
