"""The kinds of faults by name, as the fault matrix enumerates them.

What each one does stands in `faults`.
"""

from __future__ import annotations

from system.proxy import HTML, MULTISTATUS
from torture.faults import (
    BOMB_BODY,
    DTD,
    HTML_TYPE,
    XML_TYPE,
    after,
    bad_bytes,
    bad_chunk,
    calm_again,
    chunk_cut,
    claims_charset,
    cut,
    cut_quietly,
    done,
    drip,
    forward_late,
    gzip_cut,
    hang_up,
    hang_up_after,
    instead,
    interim,
    on_the_wire,
    other_charset,
    raw,
    renamed_after,
    renamed_before,
    reset,
    reset_after,
    retry_after,
    rewritten,
    silence,
    silence_after,
    slow_down_until,
    tags,
    to_elsewhere,
    to_itself,
    too_long,
    too_short,
    twice,
    unknown_token,
    with_headers,
    without_rows,
)
from torture.spoiler import Kind, Play

STATUSES = (400, 402, 403, 404, 405, 409, 410, 412, 413, 415, 418, 422, 423, 424, 425, 451)
USUAL = (11.25, 15)
"""The first pause of all, with its chance."""
KINDS: dict[str, Kind] = {}


def _enter(
    name: str, play: Play, *, asks: tuple[float, float] | None = None, **claims: bool
) -> None:
    KINDS[name] = Kind(name=name, play=play, asks=asks, **claims)


_enter("refused", silence, refuses=True)
_enter("reset", reset, lasts=True)
_enter("reset after", reset_after, lasts=True)
_enter("cut", hang_up, lasts=True)
_enter("cut after forward", hang_up_after, lasts=True)
_enter("no answer", silence, lasts=True)
_enter("no answer after", silence_after)
_enter("forwarded late", forward_late)
_enter("sent twice, first answer", twice(0), lasts=True)
_enter("sent twice, second answer", twice(1), lasts=True)
_enter("401", instead(401, [("WWW-Authenticate", 'Basic realm="r"')]), lasts=True)
for _status in STATUSES:
    _enter(str(_status), instead(_status), lasts=_status in (403, 404, 410, 412, 423))
_enter("429", instead(429), lasts=True, asks=USUAL)
_enter("429, 17 s", instead(429, retry_after("17")), asks=(17, 17))
_enter("429, a date", slow_down_until, asks=(58, 61))
_enter("429, huge", instead(429, retry_after("99999999999")), asks=(86_400, 86_400))
_enter("429, negative", instead(429, retry_after("-5")), asks=USUAL)
_enter("429, nonsense", instead(429, retry_after("soon")), asks=USUAL)
for _status in (500, 501, 502, 503, 504, 505, 507):
    _enter(str(_status), instead(_status), lasts=_status in (500, 503))
_enter("503, 17 s", instead(503, retry_after("17")), asks=(17, 17))
for _status in (403, 412, 500, 502, 503, 504):
    _enter(f"{_status} after", after(_status), lasts=_status in (500, 502))
for _status in (301, 302, 303, 307, 308):
    _enter(f"{_status} elsewhere", to_elsewhere(_status), lasts=_status == 302)
_enter("307 in circles", to_itself, lasts=True)
_enter("103 first", interim, lasts=True)
_enter("100 and no more", raw(b"HTTP/1.1 100 Continue\r\n\r\n"))
_enter("truncated", on_the_wire(cut), lasts=True)
_enter("truncated, not announced", on_the_wire(cut_quietly))
_enter("length too long", on_the_wire(too_long), lasts=True)
_enter("length too short", on_the_wire(too_short), lasts=True)
_enter("bad chunk", on_the_wire(bad_chunk), lasts=True)
_enter("chunk cut", on_the_wire(chunk_cut))
_enter("trickle", drip)
_enter("not HTTP", raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"))
_enter("half a head", raw(b"HTTP/1.1 207 Multi-Stat"))
_enter("endless head", raw(b"HTTP/1.1 207 Multi-Status\r\n" + b"X-More: 1234567890\r\n" * 50_000))
_enter("gzip bomb", instead(207, [XML_TYPE, ("Content-Encoding", "gzip")], BOMB_BODY))
_enter("gzip cut", rewritten(gzip_cut), lasts=True)
_enter("gzip that is none", rewritten(lambda a: with_headers(a, Content_Encoding="gzip")))
_enter("unknown encoding", rewritten(lambda a: with_headers(a, Content_Encoding="zstd")))
_enter("bad UTF-8", rewritten(bad_bytes))
_enter("UTF-16", rewritten(other_charset))
_enter("wrong charset claimed", rewritten(claims_charset))
_enter("HTML with 200", instead(200, [HTML_TYPE], HTML), lasts=True)
_enter("HTML with 200 after", after(200, [HTML_TYPE], HTML), lasts=True)
_enter("HTML with 207", instead(207, [HTML_TYPE], HTML))
_enter("JSON with 200", instead(200, [("Content-Type", "application/json")], b'{"ok":true}'))
_enter("empty 200", instead(200), lasts=True)
_enter("empty 200 after", after(200), lasts=True)
_enter("202", instead(202))
_enter("204 and nothing done", done(204), lies=True)
_enter("201 and nothing done", done(201), lies=True)
_enter("empty 207", instead(207, [XML_TYPE]), lasts=True)
_enter("empty multistatus", instead(207, [XML_TYPE], MULTISTATUS % b""), lasts=True, lies=True)
_enter("empty multistatus after", after(207, [XML_TYPE], MULTISTATUS % b""), lies=True)
_enter("entities", instead(207, [XML_TYPE], DTD))
_enter("first row left out", rewritten(without_rows(slice(1))), lies=True)
_enter("last row left out", rewritten(without_rows(slice(-1, None))), lies=True)
_enter("half of the rows left out", rewritten(without_rows(slice(None, None, 2))), lies=True)
_enter("every row left out", rewritten(without_rows(slice(None))), lies=True)
_enter("renamed just before", renamed_before, lasts=True)
_enter("renamed just after", renamed_after, lasts=True)
_enter("stale", calm_again, lies=True)
_enter("unknown token", unknown_token, lasts=True)
_enter("no etags", rewritten(tags(lambda _: None)), lasts=True)
_enter("weak etags", rewritten(tags(lambda tag: f"W/{tag}")), lasts=True)
_enter("other etags", rewritten(tags(lambda tag: f'"other-{tag.strip(chr(34))}"')), lasts=True)
