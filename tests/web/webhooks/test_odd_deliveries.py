"""What is odd and signed is kept, and acknowledged."""

from datetime import timedelta

import pytest
from calcom_harness import Practice

from syncd_calcom.standin import due_meetings, ping, run, send_all

from .mail import FORM, JSON, letters

ODD = (
    *(b"", b"{", b"[]", b"null", b"\xff\x00\xfe", b"new booking of Jane at nine", b"a=b&c=d"),
    *(b"[" * 60_000, b'{"a":' * 12_000, b'{"n":' + b"9" * 60_000 + b"}"),
    *(b'{"triggerEvent":"A\\u0000B"}', b'{"payload":{"uid":"\\ud800"}}', b"\xef\xbb\xbf{}"),
    *(b'{"triggerEvent":"NEVER_SEEN","payload":{"uid":"u"}}', b'{"createdAt":"9999-12-31"}'),
)


@pytest.mark.parametrize("media_type", [JSON, FORM, "Application/JSON; charset=utf-8"])
def test_whatever_is_signed_is_kept_and_acknowledged(post, media_type):
    answers = {post.post(each, media_type=media_type).status_code for each in ODD}

    assert answers == {202}
    assert {post.stored(index).body for index in range(len(ODD))} == set(ODD)
    assert all(each.look_at for each in post.inbox())


def test_what_is_no_delivery_by_its_own_account_is_refused(post):
    for media_type in (None, "text/xml", "multipart/form-data; boundary=x"):
        answer = post.post(media_type=media_type)

        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert post.inbox() == []


def test_a_media_type_tells_nothing_to_whoever_cannot_sign(post):
    assert post.post(signed="0" * 64, media_type="text/xml").status_code == 403


def test_a_template_that_is_no_json_comes_as_a_form_and_is_kept(post):
    practice = Practice()
    practice.world.hooks["wh_rec"].template = "booked: {{title}}"
    practice.book()

    assert post.carry(practice.sent[0]).status_code == 202
    assert (post.stored().media_type, post.stored().trigger) == (FORM, "")


def test_a_ping_is_kept_and_changes_nothing(post):
    practice = Practice()
    run(ping(practice.world, practice.world.hooks["wh_rec"]), send=practice.sent.append)

    assert post.carry(practice.sent[0]).status_code == 202
    assert (post.stored().trigger, post.stored().is_ping) == ("PING", True)
    assert post.looks() == {}


def test_a_flat_message_of_a_meeting_is_kept(post):
    practice = letters(1)
    practice.clock.advance(timedelta(days=2, hours=2))
    practice.sent.clear()
    send_all(due_meetings(practice.world), practice.sent.append)

    assert [post.carry(each).status_code for each in practice.sent] == [202, 202]
    assert {each.trigger for each in post.inbox()} == {"MEETING_STARTED", "MEETING_ENDED"}
