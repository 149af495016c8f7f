"""What people read when something is refused or done, in their language. Codes are for programs.

English and French; another language is a dictionary more.
"""

from __future__ import annotations

from collections.abc import Iterator

LANGUAGES = ("en", "fr")

_BY_CODE = {
    "en": {
        "SLOT_UNAVAILABLE": "This slot is not available any more",
        "CLIENT_BUSY": "There is another appointment at that time",
        "OUTSIDE_BUSINESS_HOURS": "This time is outside opening hours",
        "NOT_OFFERED": "This time is not offered",
        "NOTICE_TOO_SHORT": "This time is too soon",
        "TOO_FAR_AHEAD": "This time is too far ahead",
        "LIMIT_REACHED": "There are no more appointments on that day or in that week",
        "MAX_APPTS_PER_PATIENT": "There are as many appointments to come as may be booked",
        "NO_RELATIONSHIP": "This is for clients of the practitioner only",
        "ALREADY_EXISTS": "There is one already",
        "CALENDAR_STALE": "Availability cannot be told at the moment",
        "CALENDAR_UNAVAILABLE": "Availability cannot be told at the moment",
        "PAST_DATETIME": "This time is in the past",
        "REASON_REQUIRED": "A reason is needed",
        "INVALID_TRANSITION": "This cannot be done as things are now",
        "TOO_LATE": "The appointment has begun; ask the practice",
        "TOO_EARLY": "This can be done once the appointment has begun",
        "CHECKIN_WINDOW": "This can be done around the start of the appointment",
        "HOLD_EXPIRED": "The time is not kept any more",
        "VERSION_CONFLICT": "This was changed meanwhile",
        "KEPT_BY_FILE": "This stands in the practice's own file, and is changed there",
        "IDEMPOTENCY_MISMATCH": "This key was used for another request",
        "RATE_LIMITED": "Too many requests; try again later",
        "MODULE_DISABLED": "Bookings are not taken at the moment",
        "PRACTITIONER_NOT_FOUND": "There is no such practitioner",
        "NOT_PROVEN": "This delivery is not signed as agreed",
        "MALFORMED": "The request cannot be read",
        "UNKNOWN_ACTION": "There is no such action",
        "LEDGER_UNAVAILABLE": "The service is not available at the moment",
    },
    "fr": {
        "SLOT_UNAVAILABLE": "Ce créneau n'est plus disponible",
        "CLIENT_BUSY": "Il y a déjà un rendez-vous à cette heure",
        "OUTSIDE_BUSINESS_HOURS": "Cet horaire est en dehors des heures d'ouverture",
        "NOT_OFFERED": "Cet horaire n'est pas proposé",
        "NOTICE_TOO_SHORT": "Cet horaire est trop proche",
        "TOO_FAR_AHEAD": "Cet horaire est trop lointain",
        "LIMIT_REACHED": "Il n'y a plus de rendez-vous ce jour-là ou cette semaine-là",
        "MAX_APPTS_PER_PATIENT": "Le nombre maximal de rendez-vous à venir est atteint",
        "NO_RELATIONSHIP": "Ceci est réservé aux clients du praticien",
        "ALREADY_EXISTS": "Il y en a déjà un",
        "CALENDAR_STALE": "Les disponibilités sont momentanément inconnues",
        "CALENDAR_UNAVAILABLE": "Les disponibilités sont momentanément inconnues",
        "PAST_DATETIME": "Cet horaire est déjà passé",
        "REASON_REQUIRED": "Un motif est nécessaire",
        "INVALID_TRANSITION": "Cette action est impossible dans l'état actuel",
        "TOO_LATE": "Le rendez-vous a commencé ; adressez-vous au cabinet",
        "TOO_EARLY": "Cette action est possible une fois le rendez-vous commencé",
        "CHECKIN_WINDOW": "Cette action est possible autour du début du rendez-vous",
        "HOLD_EXPIRED": "Le créneau n'est plus réservé",
        "VERSION_CONFLICT": "Une modification a eu lieu entre-temps",
        "KEPT_BY_FILE": "Cela figure dans le fichier du cabinet, et se modifie là",
        "IDEMPOTENCY_MISMATCH": "Cette clé a déjà servi à une autre demande",
        "RATE_LIMITED": "Trop de demandes ; réessayez plus tard",
        "MODULE_DISABLED": "Les réservations sont suspendues",
        "PRACTITIONER_NOT_FOUND": "Ce praticien n'existe pas",
        "NOT_PROVEN": "Cet envoi n'est pas signé comme convenu",
        "MALFORMED": "La demande est illisible",
        "UNKNOWN_ACTION": "Cette action n'existe pas",
        "LEDGER_UNAVAILABLE": "Le service est momentanément indisponible",
    },
}
_BY_STATUS = {
    "en": {
        400: "Bad request",
        401: "Not authenticated",
        403: "Access denied",
        404: "Not found",
        405: "Method not allowed",
        408: "Too slow",
        409: "Conflict",
        410: "Gone",
        412: "Changed meanwhile",
        413: "Request too large",
        415: "Not JSON",
        422: "Invalid data",
        429: "Too many requests",
        500: "Server error",
        503: "Not available at the moment",
    },
    "fr": {
        400: "Demande incorrecte",
        401: "Non autorisé",
        403: "Accès interdit",
        404: "Ressource non trouvée",
        405: "Méthode non autorisée",
        408: "Trop lent",
        409: "Conflit",
        410: "N'existe plus",
        412: "Modifié entre-temps",
        413: "Demande trop volumineuse",
        415: "JSON attendu",
        422: "Données invalides",
        429: "Trop de demandes",
        500: "Erreur serveur",
        503: "Momentanément indisponible",
    },
}
_MESSAGES = {
    "en": {"booked": "Appointment made", "requested": "Appointment requested", "held": "Time kept"},
    "fr": {
        "booked": "Rendez-vous créé avec succès",
        "requested": "Rendez-vous demandé",
        "held": "Créneau réservé",
    },
}
"""What a person is told when it worked."""


def title_of(code: str, status: int, language: str) -> str:
    return _BY_CODE[language].get(code) or _BY_STATUS[language][status]


def message(key: str, language: str) -> str:
    return _MESSAGES[language][key]


def language_of(accepted: str | None) -> str:
    """The language of ours that is asked for most (RFC 9110 §12.5.4); English where none is."""
    best = max(_asked(accepted or ""), default=(0.0, 0, "en"))
    return best[2] if best[0] > 0 else "en"


def _asked(accepted: str) -> Iterator[tuple[float, int, str]]:
    """Weight, place (the first wins) and language of each that we speak."""
    for place, item in enumerate(accepted.split(",")[:20]):
        tag, _, parameters = item.partition(";")
        name, _, value = parameters.strip().partition("=")
        language = tag.strip().lower().partition("-")[0]
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        if language in LANGUAGES:
            yield weight, -place, language
