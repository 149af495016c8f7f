"""Clients by HTTP: for those who run the practice."""


def test_clients_are_listed_by_name_in_pages(door):
    found = door.get("/clients").json()

    assert [each["name"] for each in found["clients"]] == ["Jane Doe", "John Roe"]
    assert [each["name"] for each in door.get("/clients?limit=1&page=2").json()["clients"]] == [
        "John Roe"
    ]


def test_everything_that_is_kept_about_a_client_is_given_out(door):
    made = door.booked("jane")

    found = door.get(f"/clients/{made['client']['id']}/export").json()

    assert found["client"]["email"] == "jane@example.org"
    assert [each["number"] for each in found["appointments"]] == [made["number"]]
    assert [each["action"] for each in found["entries"]] == ["add", "book"]
    assert door.get("/clients/nobody/export").status_code == 404


def test_a_client_is_emptied_once_nothing_is_to_come(door):
    made = door.booked("jane")
    which = made["client"]["id"]

    early = door.ask("DELETE", f"/clients/{which}")
    door.act(made["id"], "cancel")
    done = door.ask("DELETE", f"/clients/{which}")

    assert (early.status_code, early.json()["code"]) == (409, "INVALID_TRANSITION")
    assert (done.status_code, done.content) == (204, b"")
    assert door.get(f"/appointments/{made['id']}").json()["client"]["name"] == ""
    assert [each["name"] for each in door.get("/clients").json()["clients"]] == ["John Roe"]
    assert door.ask("DELETE", "/clients/nobody").status_code == 404
