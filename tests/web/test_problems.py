"""What is answered when something is wrong, and what surrounds every answer."""

import json

import pytest
from structlog.testing import capture_logs

from syncd.core import errors
from syncd.core.errors import SyncdError, Unauthenticated, Unknown
from syncd.web import problems, texts
from syncd.web.problems import STATUSES, code_of, problem, status_of
from syncd.web.texts import LANGUAGES, language_of, title_of

from .conftest import API, wait_for


def all_errors():
    pending = [SyncdError]
    while pending:
        each = pending.pop()
        pending += each.__subclasses__()
        if each.__module__.startswith("syncd."):
            yield each


def made(kind):
    return kind("practitioner", "x") if issubclass(kind, Unknown) else kind("words")


@pytest.mark.parametrize("kind", sorted(all_errors(), key=lambda each: each.__name__))
def test_every_error_has_a_status_a_code_and_a_title_in_every_language(kind):
    error = made(kind)

    assert status_of(error) in {*STATUSES.values()}
    assert code_of(error).isupper()
    for language in LANGUAGES:
        answer = problem(error, language)
        body = json.loads(answer.body)
        assert body["title"]
        assert answer.headers["content-language"] == language
        assert answer.media_type == "application/problem+json"


def test_every_text_is_there_in_every_language():
    assert {frozenset(texts._BY_CODE[each]) for each in LANGUAGES} == {
        frozenset(texts._BY_CODE["en"])
    }
    assert {frozenset(texts._BY_STATUS[each]) for each in LANGUAGES} == {
        frozenset(set(STATUSES.values()))
    }
    assert {frozenset(texts._MESSAGES[each]) for each in LANGUAGES} == {
        frozenset(texts._MESSAGES["en"])
    }
    known = {code_of(made(each)) for each in all_errors()} | {
        "CLIENT_BUSY",
        "PRACTITIONER_NOT_FOUND",
    }
    assert set(texts._BY_CODE["en"]) <= known


def test_the_french_texts_are_those_that_practices_know():
    assert {status: title_of("", status, "fr") for status in (401, 403, 404, 422, 500)} == {
        401: "Non autorisé",
        403: "Accès interdit",
        404: "Ressource non trouvée",
        422: "Données invalides",
        500: "Erreur serveur",
    }
    assert title_of("SLOT_UNAVAILABLE", 409, "fr") == "Ce créneau n'est plus disponible"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.5, fr;q=0.6", "fr"),
        ("fr;q=0.5, en", "en"),
        ("de, fr;q=0", "en"),
        ("de", "en"),
        ("*", "en"),
        ("fr;q=wrong, en", "en"),
        (",".join(["fr"] * 10_000), "fr"),
    ],
)
def test_the_language_is_the_one_that_is_asked_for_most(asked, language):
    assert language_of(asked) == language


def test_what_lets_nobody_in_says_how_to_come_in(door):
    refused = door.get("/me", None)

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.json()["code"] == Unauthenticated.code


def test_a_body_that_is_no_json_is_told_from_one_that_is_wrong(door):
    wrong = door.ask(
        "POST", "/appointments", content=b"{", headers={"Content-Type": "application/json"}
    )
    empty = door.ask("POST", "/appointments", json={})

    assert (wrong.status_code, wrong.json()["code"]) == (400, "MALFORMED")
    assert (empty.status_code, empty.json()["code"]) == (422, "VALIDATION_ERROR")
    assert set(empty.json()["errors"]) == {"activityId", "start"}


def test_what_is_wrong_is_named_as_it_was_sent_and_not_repeated(door):
    secret = "a-stranger-was-here"
    refused = door.book(client={"name": "x", "email": secret, "age": 7}, durationMinutes=secret)

    assert set(refused.json()["errors"]) == {"client.email", "client.age", "durationMinutes"}
    assert secret not in refused.text


def test_a_body_that_is_too_large_is_not_read(door):
    announced = door.ask("POST", "/appointments", content=b" " * 70_000)
    chunked = door.ask("POST", "/appointments", content=iter([b"[" * 40_000, b"[" * 40_000]))

    for each in (announced, chunked):
        assert (each.status_code, each.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PATCH", "/me", 405), ("POST", "/livez", 405)],
)
def test_what_the_router_refuses_is_a_problem_too(door, method, path, status):
    refused = door.ask(method, path)

    assert refused.status_code == status
    assert refused.json()["status"] == status
    assert ("allow" in refused.headers) is (status == 405)


def test_every_answer_has_the_headers_that_keep_browsers_from_harm(door):
    for answer in (
        door.get("/me"),
        door.get("/nowhere"),
        door.get("/livez"),
        door.get("/me", None),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers
        assert len(answer.headers["x-request-id"]) == 16


def test_a_mistake_of_ours_is_logged_and_told_to_nobody(door, monkeypatch):
    def broken(*_args, **_more):
        raise ZeroDivisionError("jane@example.org")

    monkeypatch.setattr("syncd.web.slots.list_slots", broken)
    with capture_logs() as logs:
        answer = door.get("/slots?activityId=consultation&start=2031-03-03&end=2031-03-03")
        wait_for(lambda: len(logs) == 2)

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "Zero" not in answer.text
    assert "jane" not in answer.text
    assert [each["event"] for each in logs] == ["request_failed", "request"]


def test_a_ledger_that_cannot_be_had_is_a_matter_of_time(door, monkeypatch):
    def away(*_args, **_more):
        raise errors.LedgerAway("it is off")

    monkeypatch.setattr(door.around.ledger, "read", away)

    for path in ("/me", "/readyz"):
        answer = door.get(path)
        assert answer.status_code == 503
    assert door.get("/me").headers["retry-after"] == "5"
    assert door.get("/livez").status_code == 200


def test_a_line_of_the_log_names_the_route_and_nothing_that_was_filled_in(door):
    with capture_logs() as logs:
        made = door.booked("jane")
        door.get(f"/appointments/{made['number']}")
        door.http.get(f"/feeds/{door.tokens['feed']}.ics")
        door.http.get(f"{API}/nowhere/jane@example.org?x=secret")
        wait_for(lambda: len(logs) == 4)

    assert [(each["event"], each["method"], each["status"]) for each in logs] == [
        ("request", "POST", 201),
        ("request", "GET", 200),
        ("request", "GET", 200),
        ("request", "GET", 404),
    ]
    told = json.dumps(logs)
    assert door.tokens["feed"] not in told
    assert made["number"] not in told
    assert "jane" not in told
    assert problems.Internal.code not in told


def test_a_name_in_a_query_that_is_not_known_is_a_mistake_and_no_wish_for_everything(door):
    refused = door.get("/appointments?startDate=2040-01-01&match_id=5")

    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"startDate", "match_id"}
    assert "practitionerId" in refused.json()["errors"]["match_id"][0]


def test_a_body_that_is_not_said_to_be_json_is_told_so(door):
    refused = door.ask(
        "POST", "/appointments", content=b"{}", headers={"Content-Type": "text/plain"}
    )

    assert (refused.status_code, refused.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("name", ["a\0b", "Jane\nDoe", "Jane \u202eDoe", " "])
def test_names_hold_nothing_that_cannot_be_shown(door, name):
    refused = door.book(client={"name": name, "email": "x@example.org"})

    assert set(refused.json()["errors"]) == {"client.name"}


def test_blanks_of_all_kinds_are_blanks(door):
    made = door.booked(client={"name": "Jane\u00a0de\u202fDoe", "email": "x@example.org"})

    assert made["client"]["name"] == "Jane de Doe"


def test_times_and_ids_that_are_none_are_told_what_they_should_be(door):
    refused = door.book("jane", "2031-03-03T09:00:00", activityId="no id").json()["errors"]

    assert refused["start"][0].startswith("is a time with its offset, as in 2031")
    assert refused["activityId"][0].startswith("is an id")
