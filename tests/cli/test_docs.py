"""docs/cli.md and the command line say the same."""

import json
import re
from pathlib import Path

import typer

from syncd.cli.app import app
from syncd.cli.exits import Exit

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text()
README = (Path(__file__).parents[2] / "README.md").read_text()


def verbs_of(command, name="syncd"):
    """Every verb that can be typed, as its words."""
    if not hasattr(command, "commands"):
        return {name}
    return {
        verb for word, part in command.commands.items() for verb in verbs_of(part, f"{name} {word}")
    }


def examples(kind):
    return [json.loads(each) for each in re.findall(rf"(?ms)^```json {kind}\n(.*?)^```$", PAGE)]


def test_every_verb_is_described_and_no_other():
    described = re.findall(r"(?m)^\| `(syncd[^`]*)` \|", PAGE)

    assert sorted(described) == sorted(verbs_of(typer.main.get_command(app)))


def test_every_option_is_named():
    missing = set()
    command = typer.main.get_command(app)
    for words in verbs_of(command):
        part = command
        for word in words.split()[1:]:
            part = part.commands[word]
        missing |= {
            option
            for parameter in part.params
            for option in parameter.opts
            if option.startswith("--") and option.removeprefix("--") not in PAGE
        }

    assert missing - {"--help"} == set()


def test_every_exit_code_is_described_and_no_other():
    described = re.findall(r"(?m)^\| (\d+) \|", PAGE)

    assert [int(each) for each in described] == [each.value for each in Exit]


def test_the_readme_knows_the_codes_that_a_script_meets():
    described = {int(each) for each in re.findall(r"(?m)^\| (\d+) \|", README)}

    assert described == {each.value for each in Exit} - {Exit.INTERRUPTED, Exit.PIPE_CLOSED}


def test_the_documented_shapes_are_those_that_are_printed(clinic):
    booked = clinic.book()
    [shown] = examples("appointment")
    assert booked.keys() == shown.keys()
    assert booked["client"].keys() == shown["client"].keys()
    assert booked["links"][0].keys() == shown["links"][0].keys()

    [plan] = examples("plan")
    made = clinic.read("plan")
    assert made.keys() == plan.keys()
    assert made["operations"][0].keys() == plan["operations"][0].keys()

    [sync] = examples("sync")
    assert clinic.read("sync")["calendars"][0].keys() == sync["calendars"][0].keys()

    [status] = examples("status")
    now = clinic.read("status")
    assert now.keys() == status.keys()
    assert now["calendars"][0].keys() == status["calendars"][0].keys()
    assert now["practice"].keys() == status["practice"].keys()

    [entry] = examples("entry")
    history = clinic.read(f"appointments history {booked['number']}")
    assert history["entries"][0].keys() == entry.keys()
    assert clinic.read("journal verify").keys() == examples("verify")[0].keys()


def test_the_documented_conflict_is_the_one_that_is_printed(clinic):
    clinic.in_conflict()

    [found] = clinic.read("conflicts list")["conflicts"]

    [shown] = examples("conflict")
    assert found.keys() == shown.keys()
    assert found["base"].keys() >= shown["base"].keys()


def test_the_documented_error_is_the_one_that_is_printed(office):
    (office.folder / "practice.toml").write_text('[practice]\nname = "x"\ntimezone = "Mars"\n')

    error = office.run("practice check --json").json["error"]

    [shown] = examples("error")
    assert error.keys() == shown["error"].keys()
    assert error["problems"][0].keys() == shown["error"]["problems"][0].keys()
