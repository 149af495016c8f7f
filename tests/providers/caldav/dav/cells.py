"""Every departure that mattered, of which server, under which switch, and what shows that syncd
bears it. `docs/caldav-servers.md` is this table, written out.

A law is a method of `ProviderLaws`; `NEVER` means that syncd does not ask such a thing at all, which
each law on the stand-in checks when it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import object_probes, probes
from .probing import Probe

NEVER = "never asked"
DISCOVERY = "calendars are found once on every server"
AT_HOME = "a uid that went to another address is adopted or given up"
AWAY = "a uid of another calendar is given up or used"
STUCK = "an event that the server will not change is rejected alone"
ELSEWHERE = (DISCOVERY, AT_HOME, AWAY, STUCK)
"""Shown by tests of their own, on every server and with every switch that they are about."""
GONE_IN_STEPS = "test_each_asked_ref_is_answered_and_only_the_absent_are_absent"
GARBAGE = "test_an_unknown_cursor_is_never_an_empty_success"
MADE_ANEW = "test_a_cursor_from_before_the_calendar_was_made_anew_hides_nothing"
NEWS = "test_changes_report_what_was_added_moved_and_deleted"
QUIET = "test_an_unchanged_calendar_reports_nothing"
ONE_EVENT = "test_creating_twice_is_one_event"
THEIRS = "test_creating_again_keeps_what_a_colleague_made_of_the_first"
NOT_OVER = "test_create_never_overwrites_a_strangers_event"
STALE = "test_a_stale_update_is_a_conflict_and_changes_nothing"
STALE_DELETE = "test_a_stale_delete_is_a_conflict_and_deletes_nothing"
VANISHED = "test_an_update_of_a_vanished_event_is_gone_and_creates_nothing"
ABSENT = "test_deleting_what_is_absent_is_done"
VERSIONS = "test_a_write_answers_the_version_that_reading_shows_or_none"
CONTENT = "test_version_and_digest_change_with_the_content"
LOSSLESS = "test_an_update_changes_only_what_is_drafted"
HARMLESS = "test_this_server_destroys_nothing_that_we_write"
UNREADABLE = "test_what_cannot_be_understood_is_named_and_hides_nothing"
MISSING = "test_a_missing_calendar_is_forbidden_and_never_empty"
LISTED = "test_a_listing_shows_the_versions_and_events_that_reading_shows"
MANY = "test_many_events_are_all_listed_and_all_fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`switch` is the name of a single switch of the stand-in; `laws` what holds all the same."""

    what: str
    servers: tuple[str, ...]
    switch: str
    probe: Callable[[Probe], None]
    laws: tuple[str, ...]


def _cell(what: str, servers: str, switch: str, probe: Callable[[Probe], None], *laws: str) -> Cell:
    names = (servers,) if servers == PROXY else tuple(map(str.strip, servers.split(",")))
    return Cell(what=what, servers=names, switch=switch, probe=probe, laws=laws)


PROXY = "any, behind a compressing proxy"
SABRE = "sabre 4.7, baikal, nextcloud"
CELLS = (
    _cell("the well-known address is empty", "sogo", "well-known says nothing",
          probes.well_known_is_empty, DISCOVERY),
    _cell("nobody has to log in", "xandikos", "no login", probes.no_login_is_asked_for, MISSING),
    _cell("a missing calendar is a 207 with a 404 inside", "xandikos",
          "a missing calendar is a row", probes.a_missing_calendar_is_a_row, MISSING),
    _cell("every calendar is listed three times", "sogo", "calendars listed thrice",
          probes.calendars_are_listed_thrice, DISCOVERY),
    _cell("no sync-collection", "sabre 1.8, zimbra, bare", "no sync report",
          probes.there_is_no_sync_report, LISTED, QUIET),
    _cell("a token is a second of the clock", "sogo", "tokens of seconds",
          probes.a_token_is_a_number_of_seconds, GARBAGE, MADE_ANEW),
    _cell("an unknown token is refused with 412", "xandikos",
          "an unknown token is refused with 412", probes.garbage_is_412, GARBAGE),
    _cell("an unknown token is answered with everything that lives", "davical",
          "an unknown token is told everything", probes.garbage_is_told_everything, GARBAGE),
    _cell("an unknown token is answered with everything that ever was", "sogo",
          "an unknown token is told everything and tombstones",
          probes.garbage_is_told_the_dead_too, GARBAGE),
    _cell("a token of the future is answered with everything", "davical",
          "a newer token is told everything", probes.the_future_is_told_everything, GARBAGE),
    _cell("a token of the future is answered with nothing", f"sogo, {SABRE}",
          "a newer token is told nothing", probes.the_future_is_told_nothing, GARBAGE),
    _cell("a token of a calendar that was made anew is answered with nothing",
          f"davical, sogo, {SABRE}", "a token of another calendar is told nothing",
          probes.a_token_of_another_calendar_is_told_nothing, MADE_ANEW),
    _cell("the last second is told again and again", "sogo", "tokens of seconds",
          probes.the_last_second_is_told_again, NEWS),
    _cell("the first report tells of the dead", "radicale", "tombstones at first",
          probes.the_dead_are_told_of_at_first, LISTED),
    _cell("a limit cuts, and the token skips the rest", "xandikos, nextcloud", "limits cut",
          probes.a_limit_loses_the_rest, NEVER, MANY),
    _cell("changes during a report are never told", "davical", "each sixth change forgotten",
          probes.changes_are_never_told, NEWS, MANY),
    _cell("the collection tag is a second, -1 when empty", "sogo", "tags of seconds",
          probes.a_tag_is_blind_within_a_second, NEWS),
    _cell("an ETag is a counter that begins anew", "sogo", "etags that begin anew",
          probes.an_etag_comes_back_with_another_content, CONTENT, STALE_DELETE),
    _cell("no ETag after a PUT that was rewritten for scheduling",
          f"davical, cyrus, {SABRE}", "no etag when scheduling",
          probes.a_scheduling_put_names_no_etag, VERSIONS),
    _cell("an ETag for a body that was rewritten", "radicale, xandikos, cyrus, sogo",
          "an etag for another body", probes.an_etag_is_named_for_another_body,
          VERSIONS, LOSSLESS),
    _cell("If-None-Match: * overwrites", "sogo, zimbra", "overwrites despite If-None-Match",
          probes.if_none_match_overwrites, ONE_EVENT, THEIRS, NOT_OVER),
    _cell("If-Match creates what is absent", "sogo", "creates despite If-Match",
          probes.if_match_creates, VANISHED),
    _cell("If-Match: * creates what is absent", "sogo", "creates despite If-Match",
          probes.if_match_anything_creates, NEVER),
    _cell("DELETE ignores If-Match", "sogo", "deletes despite If-Match",
          probes.a_delete_despite_if_match, STALE_DELETE),
    _cell("DELETE of nothing under If-Match is 412", f"sabre 1.8, {SABRE}",
          "absent deletes are 412", probes.a_delete_of_nothing_is_412, ABSENT),
    _cell("identical bytes make a new collection tag",
          f"davical, cyrus, sabre 1.8, {SABRE}", "identical puts count",
          probes.identical_bytes_make_a_new_tag, QUIET),
    _cell("identical bytes make a new ETag", "sogo", "etags that begin anew",
          probes.identical_bytes_make_a_new_etag, STALE),
    _cell("of two conditional writes at once, both win",
          f"davical, sogo, sabre 1.8, {SABRE}", "conditions checked too early",
          probes.one_condition_has_two_winners,
          "test_a_stale_update_by_another_node_is_a_conflict"),
    _cell("a second UID is 412", "xandikos", "a second uid is 412",
          probes.a_second_uid_is_412, AT_HOME),
    _cell("a second UID is 403, with its address", "cyrus", "a second uid is 403",
          probes.a_second_uid_is_403_with_its_address, AT_HOME),
    _cell("a second UID is 409, in words", "sogo", "a second uid is 409 in words",
          probes.a_second_uid_is_409_in_words, AT_HOME),
    _cell("a second UID is stored", "davical, sabre 1.8, sabre 4.7, baikal",
          "a second uid is stored", probes.a_second_uid_is_stored, AT_HOME),
    _cell("a UID of another calendar is 403", "cyrus, icloud", "a uid once in the account",
          probes.a_uid_of_another_calendar_is_403, AWAY),
    _cell("multiget leaves out what is missing", f"davical, {SABRE}", "missing rows omitted",
          object_probes.what_is_missing_is_left_out, GONE_IN_STEPS),
    _cell("multiget fails for one that is missing", "sabre 1.8", "one missing, all missing",
          object_probes.one_missing_fails_all, GONE_IN_STEPS),
    _cell("multiget of nothing is 500", "davical", "an empty multiget is 500",
          object_probes.asking_for_nothing_is_500, "test_asking_for_nothing_asks_nothing"),
    _cell("multiget tells twice what is asked twice", "cyrus, sogo, sabre 1.8",
          "twice asked, twice told", object_probes.asked_twice_is_told_twice, GONE_IN_STEPS),
    _cell("a search knows nothing after 2038", f"cyrus, sabre 1.8, {SABRE}",
          "searches end in 2038", object_probes.nothing_happens_after_2038, NEVER),
    _cell("a search misses what was moved", "xandikos", "searches miss what moved",
          object_probes.what_moved_is_not_found, NEVER),
    _cell("a search misses a whole day without end", "cyrus", "searches miss whole days",
          object_probes.a_whole_day_without_end_is_not_found, NEVER),
    _cell("expanding is refused", "radicale", "expanding refused", object_probes.expanding_is_400, NEVER),
    _cell("expanding is ignored", "sogo", "expanding ignored", object_probes.expanding_is_ignored, NEVER),
    _cell("no free-busy-query", "sogo", "no free-busy", object_probes.there_is_no_free_busy, NEVER),
    _cell("MOVE is a UID conflict", "xandikos", "moves refused with 412",
          object_probes.a_move_is_412, NEVER),
    _cell("MOVE is 409", "davical", "moves refused with 409", object_probes.a_move_is_409, NEVER),
    _cell("MOVE ends at an address of the server's choice", "sogo", "moves rename",
          object_probes.a_move_ends_elsewhere, NEVER),
    _cell("PUT answers with the event, if asked", "cyrus", "a put is answered with the event",
          object_probes.a_put_answers_with_the_event, NEVER, VERSIONS),
    _cell("kept connections are reset", "sogo", "connections reset",
          object_probes.connections_are_reset, ONE_EVENT, MANY),
    _cell("an X- value is cut at a comma", "radicale", "extensions cut",
          object_probes.an_extension_is_cut_at_a_comma, HARMLESS, LOSSLESS),
    _cell("an unknown component is dropped", "cyrus", "unknown components dropped",
          object_probes.an_unknown_component_is_dropped, HARMLESS),
    _cell("floating times become UTC", "sogo", "floating times pinned",
          object_probes.floating_times_are_pinned,
          "test_floating_times_are_read_on_the_wall_of_whoever_looks"),
    _cell("folding inside a character leaves (null)", "sogo", "destroyed by folding",
          object_probes.emoji_destroy_the_event,
          "test_awkward_titles_survive_or_their_loss_is_noticed"),
    _cell("garbage is 404", "sogo", "garbage is 404", object_probes.garbage_put_is_404, UNREADABLE),
    _cell("two UIDs in one object are stored", "xandikos, davical, sogo",
          "two uids are stored", object_probes.two_uids_are_stored, UNREADABLE),
    _cell("a bad rule is 500", f"sabre 1.8, {SABRE}", "a bad rule is 500",
          object_probes.a_bad_rule_is_500, UNREADABLE),
    _cell("NUL and Latin-1 are 500", "davical", "odd bytes are 500",
          object_probes.odd_bytes_are_500, UNREADABLE),
    _cell("an unknown component is 500", "davical", "an unknown component is 500",
          object_probes.an_unknown_component_is_500, STUCK),
    _cell("a question mark is listed bare", "cyrus", "questions not encoded",
          object_probes.a_question_mark_is_listed_bare, LISTED),
    _cell("ETags have a suffix", PROXY, "etags with a suffix", probes.an_etag_has_a_suffix,
          VERSIONS, STALE, STALE_DELETE, LISTED),
    _cell("a server refuses its own ETags", PROXY, "etags refused",
          probes.a_servers_own_etag_is_refused, "test_an_update_moves_the_event", STALE,
          "test_a_delete_removes_the_event_and_no_other"),
    _cell("ETags are weak", "others", "weak etags", probes.etags_are_weak,
          "test_conditional_writes_are_declared_where_there_are_versions_only", STALE),
    _cell("no ETags at all", "bare", "no etags", probes.there_are_no_etags, LISTED, CONTENT, STALE),
    _cell("no ETag after any PUT", "others", "writes name no etag", probes.a_put_names_no_etag,
          VERSIONS),
    _cell("the name of what was deleted is never free again", "nextcloud", "names burn",
          probes.a_deleted_name_is_burnt,
          "test_after_a_deletion_this_or_the_next_generation_can_be_created"),
    _cell("a second UID is 400, in words", "nextcloud", "a second uid is 400 in words",
          probes.a_second_uid_is_400_in_words, AT_HOME),
    _cell("rows of a multiget have no addresses", "icloud", "rows without addresses",
          probes.rows_have_no_address, GONE_IN_STEPS),
    _cell("Digest", "baikal", "digest", probes.digest_is_asked_for, DISCOVERY, MISSING),
    _cell("what came and went between two looks leaves no row", "xandikos",
          "brief lives forgotten", probes.a_brief_life_leaves_no_row, NEWS),
    _cell("reports come in pages", "others", "pages of two", probes.pages_are_small,
          MANY, "test_each_cursor_continues_where_the_last_one_ended"),
)  # fmt: skip

NOT_IMITATED = {
    "radicale: 13 s for an event of 1 MiB, more than a minute for 12 MiB": (
        "a matter of time only; time limits are tried with servers that hang and trickle"
    ),
    "radicale: 68 s for the first report of 10,000 events, 5 s for any other, 4 s for a PUT": (
        "as above; the limit for listings is 120 s"
    ),
    "xandikos: 46 s for an event of 12 MiB": "as above; syncd writes none larger than a few KiB",
    "davical: 2.9 s to list 10,000 ETags": "as above",
}
"""Departures that are not in the stand-in, and why."""
