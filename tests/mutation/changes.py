"""A mutation in a few words: what stood there, what stands there now, and a little around it."""

AROUND = 24


def in_words(before: str, after: str) -> str:
    """`… end <[=] now …`, as `{was → is}` between what both have in common."""
    one, other = " ".join(before.split()), " ".join(after.split())
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    was, now = one[start : len(one) - end], other[start : len(other) - end]
    head, tail = one[max(0, start - AROUND) : start], one[len(one) - end :][:AROUND]
    return f"{head}{{{was} → {now}}}{tail}"
