"""The form that a booker fills in: an event type's own fields and those that every one has.

Vendor page on booking fields; observed: answers to unknown fields are kept, a required one that is
missing and one that is empty are refused in different words, and webhooks label the answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.refusals import refused, wrong_answers
from syncd_calcom.standin.rows import Booking, EventType

_LABELS = {
    "attendeePhoneNumber": "phone_number",
    "name": "your_name",
    "email": "email_address",
    "location": "location",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
}
_HIDDEN = {"attendeePhoneNumber", "title"}
_FIRST = ("attendeePhoneNumber", "name", "email", "location")
_LAST = ("title", "notes", "guests", "rescheduleReason")
_LONGEST_NOTES = 1000
_PLAIN = {"text", "textarea", "select", "radio", "url", "address", "phone", "email"}


def own_fields(event_type: EventType) -> list[Json]:
    """Those that the practice added."""
    return [each for each in event_type.fields or () if each["slug"] not in _LABELS]


def check_answers(event_type: EventType, answers: Json) -> None:
    """Refuse what the form's own fields do not allow; empty ones are `check_filled`'s."""
    for each in own_fields(event_type):
        slug, given = each["slug"], answers.get(each["slug"])
        if given is None:
            if each.get("required"):
                text = f"Missing required booking field response: {slug}"
                raise refused(400, f"{text}; event type {event_type.id} asks for it")
            continue
        if each["type"] in _PLAIN and not isinstance(given, str):
            text = f"Invalid type for booking field '{slug}'. Expected type string"
            raise refused(400, text)
        options = each.get("options") or [given]
        if each["type"] in {"select", "radio"} and given not in options:
            text = f"Invalid option '{given}' for booking field '{slug}'"
            raise refused(400, f"{text}. Allowed options are: {', '.join(options)}.")


def check_filled(event_type: EventType, answers: Json) -> None:
    problems = [*_unfilled(event_type, answers)]
    if problems:
        raise wrong_answers(problems)


def _unfilled(event_type: EventType, answers: Json) -> Iterator[tuple[str, str]]:
    for slug in ("name", "email"):
        if not answers.get(slug):
            yield slug, "error_required_field"
    if answers.get("email") and not is_mail(answers["email"]):
        yield "email", "email_validation_error"
    for each in own_fields(event_type):
        if each.get("required") and answers.get(each["slug"]) == "":
            yield each["slug"], "error_required_field"
    if len(str(answers.get("notes", ""))) > _LONGEST_NOTES:
        yield "notes", "Max. 1000 characters allowed"
    if not all(is_mail(each) for each in answers.get("guests", ())):
        yield "guests", "email_validation_error"


def is_mail(text: object) -> bool:
    return isinstance(text, str) and text.count("@") == 1 and "." in text.partition("@")[2]


def labelled(event_type: EventType, booking: Booking, answers: Json) -> Json:
    """The answers as webhooks of a new or moved booking show them."""
    location = {"value": booking.location, "optionValue": ""}
    return _listed(event_type, {**answers, "location": location}, _FIRST)


def labelled_later(event_type: EventType | None, booking: Booking, answers: Json) -> Json:
    """As webhooks of a later change show them. Observed: where the event type has no stored form,
    a field's name is its label; where it has one, the telephone is missing."""
    if event_type is None or event_type.fields is None:
        return {name: {"label": name, "value": value} for name, value in answers.items()}
    if booking.is_seated:
        where = {"optionValue": booking.location, "value": booking.location}
        answers = {**answers, "location": where}
    return _listed(event_type, answers, _FIRST[1:])


def labelled_own_later(event_type: EventType | None, answers: Json) -> Json:
    """Those to the practice's own fields; without a stored form, to any field that is not usual."""
    if event_type is None:
        return {}
    if event_type.fields is None:
        own = {name: value for name, value in answers.items() if name not in _LABELS}
        return {name: {"label": name, "value": value} for name, value in own.items()}
    return labelled_own(event_type, answers)


def labelled_own(event_type: EventType, answers: Json) -> Json:
    """The answers to the practice's own fields."""
    return {each["slug"]: _labelled(each, answers) for each in own_fields(event_type)}


def _listed(event_type: EventType, answers: Json, first: tuple[str, ...]) -> Json:
    found = {name: _labelled_default(name, answers) for name in first}
    found |= labelled_own(event_type, answers)
    return found | {name: _labelled_default(name, answers) for name in _LAST}


def _labelled_default(name: str, answers: Json) -> Json:
    shown: Json = {"label": _LABELS[name], "isHidden": name in _HIDDEN}
    return shown | ({"value": answers[name]} if name in answers else {})


def _labelled(field: Json, answers: Json) -> Json:
    shown: Json = {"label": field["label"], "isHidden": bool(field.get("hidden"))}
    value = answers.get(field["slug"])
    return shown | ({"value": value} if value is not None else {})
