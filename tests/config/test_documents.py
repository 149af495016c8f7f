"""Reading a file: where each key stands, and every way in which a file can be unreadable."""

import os
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd_config.document import MAX_BYTES, read_document
from syncd_config.key_lines import key_lines

TEXT = """\
# head
title = "a # b = [c]"

[practice]
"name" = '''
one
two'''
a.b = 1

[[rows]]
id = "x" # [[no]]
hours = [
  { days = ["mon",
            "tue"], start = 09:00:00 }, # why
  5,
]
[rows.deep]
key = 1979-05-27 07:32:00
[[rows]]
id = "y"
[[rows.inner]]
z = {p = {q = 1}, r = [[], [2]]}
"""


def test_each_key_has_its_line():
    lines = key_lines(TEXT)

    assert {path: lines[path] for path in lines if path} == {
        ("title",): 2,
        ("practice",): 4,
        ("practice", "name"): 5,
        ("practice", "a"): 8,
        ("practice", "a", "b"): 8,
        ("rows",): 10,
        ("rows", 0): 10,
        ("rows", 0, "id"): 11,
        ("rows", 0, "hours"): 12,
        ("rows", 0, "hours", 0): 13,
        ("rows", 0, "hours", 0, "days"): 13,
        ("rows", 0, "hours", 0, "days", 0): 13,
        ("rows", 0, "hours", 0, "days", 1): 14,
        ("rows", 0, "hours", 0, "start"): 14,
        ("rows", 0, "hours", 1): 15,
        ("rows", 0, "deep"): 17,
        ("rows", 0, "deep", "key"): 18,
        ("rows", 1): 19,
        ("rows", 1, "id"): 20,
        ("rows", 1, "inner"): 21,
        ("rows", 1, "inner", 0): 21,
        ("rows", 1, "inner", 0, "z"): 22,
        ("rows", 1, "inner", 0, "z", "p"): 22,
        ("rows", 1, "inner", 0, "z", "p", "q"): 22,
        ("rows", 1, "inner", 0, "z", "r"): 22,
        ("rows", 1, "inner", 0, "z", "r", 0): 22,
        ("rows", 1, "inner", 0, "z", "r", 1): 22,
        ("rows", 1, "inner", 0, "z", "r", 1, 0): 22,
    }


def paths(value, path=()):
    """Every key and item of a parsed document."""
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


KEYS = st.sampled_from(["a", "b-1", '"q.\\"x"', "'l#t'", "7"])
SCALARS = st.sampled_from(
    ["1", "-0.5e3", "true", '"x\\"]#"', "'y}'", '"""m\n"" ]"""', "'''\n[t]'''", "09:00:00",
     "2026-12-24", "1979-05-27 07:32:00Z", '""', '""""two"""""']
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: "[\n" + ", # c ]\n".join(each) + "\n]")
        | st.dictionaries(KEYS, inner, max_size=3).map(
            lambda each: "{ " + ", ".join(f"{k} = {v}" for k, v in each.items()) + " }"
        )
    ),
    max_leaves=6,
)
LINES = (
    st.tuples(KEYS, VALUES).map(lambda each: f"{each[0]} = {each[1]}")
    | st.lists(KEYS, min_size=1, max_size=3).map(lambda each: f"[{' . '.join(each)}]")
    | st.lists(KEYS, min_size=1, max_size=2).map(lambda each: f"[[{'.'.join(each)}]]")
    | st.sampled_from(["", "# [a]", "   "])
)


@given(lines=st.lists(LINES, max_size=8), newline=st.sampled_from(["\n", "\r\n"]))
@example(lines=["[[a]]", "[a.'l#t']", "[[a]]", "[[a.b-1]]"], newline="\n")
def test_whatever_toml_accepts_every_key_of_it_has_a_line(lines, newline):
    text = newline.join(lines)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return

    found = key_lines(text)

    assert set(found) == {(), *paths(document)}
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@pytest.mark.parametrize(
    ("content", "line", "fragment"),
    [
        (b"a = 1\nb = \n", 2, "is not TOML: invalid value"),
        (b"a = 1\na = 2\n", 2, "cannot overwrite a value"),
        (b'a = "x\n', 1, "is not TOML"),
        (b"[a\n", 1, "is not TOML"),
        (b"a = 1\nb = '\xff'\n", 2, "is not UTF-8"),
        (b"a = 1\0\n", 1, "is not TOML"),
        (b"a = [[[", 1, "is not TOML"),
        (b"a = " + b"[" * 100_000, None, "nested too deeply"),
        (b"#" * (MAX_BYTES + 1), None, "larger than 1 MiB"),
    ],
)
def test_an_unusable_file_is_one_clear_problem(written, spoken, content, line, fragment):
    path = written(content)

    ((found, where, what),) = spoken(lambda: read_document(path))

    assert (found, where) == (line, "")
    assert fragment in what


def test_a_secret_in_a_broken_file_is_not_quoted(written, spoken):
    path = written('password = "hunter2" "x"\n')

    assert "hunter2" not in str(spoken(lambda: read_document(path)))


def test_a_byte_order_mark_is_no_problem(written):
    assert read_document(written(b"\xef\xbb\xbfa = 1\n")).values == {"a": 1}


def test_what_is_not_a_readable_file_says_so(tmp_path, spoken):
    os.mkfifo(tmp_path / "pipe")

    assert spoken(lambda: read_document(tmp_path / "none.toml"))[0][2] == "there is no such file"
    assert spoken(lambda: read_document(tmp_path))[0][2] == "is not a file"
    assert spoken(lambda: read_document(tmp_path / "pipe"))[0][2] == "is not a file"
    assert "cannot be read" in spoken(lambda: read_document(tmp_path / ("x" * 300)))[0][2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_says_so(written, spoken):
    path = written("a = 1")
    path.chmod(0)

    assert "permission denied" in spoken(lambda: read_document(path))[0][2]
