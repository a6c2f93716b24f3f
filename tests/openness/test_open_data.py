"""Open data: stable columns, real rows, safe cells (O-3, O-4)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask

from portal.network.queries import the_county
from portal.openness import queries, tables
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def rows(app: Flask, name: str) -> list[dict[str, str]]:
    answer = app.test_client().get(f"/open-data/{name}.csv")
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    body = answer.get_data()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_the_network_has_95_points_with_parents_and_levels(app: Flask) -> None:
    found = rows(app, "network")
    assert list(found[0])[:5] == ["code", "name", "level", "parent_code", "status"]
    levels: dict[str, int] = {}
    for row in found:
        levels[row["level"]] = levels.get(row["level"], 0) + 1
    assert levels == {"county": 1, "sub_center": 3, "town": 9, "village": 65, "community": 17}
    by_code = {row["code"]: row for row in found}
    assert len(by_code) == 95
    assert [row["code"] for row in found if not row["parent_code"]] == ["611026000000"]
    above = {"sub_center": "county", "town": "county", "village": "town", "community": "town"}
    for row in found:
        if row["parent_code"]:
            assert by_code[row["parent_code"]]["level"] == above[row["level"]]


def test_csv_and_json_say_the_same(app: Flask) -> None:
    for name, table in queries.TABLES.items():
        told: dict[str, Any] = app.test_client().get(f"/open-data/{name}.json").get_json()
        assert set(told) == {"updated_at", "license", "rows"}
        assert datetime.fromisoformat(told["updated_at"]).tzinfo is not None
        as_csv = rows(app, name)
        assert len(as_csv) == len(told["rows"]) and (told["rows"] or name == "disputes"), "a county without disputes has none to tell"
        header = app.test_client().get(f"/open-data/{name}.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()[0]
        assert header.split(",") == list(table.columns), name
        assert all(list(one) == list(table.columns) for one in told["rows"]), name
        for one, other in zip(as_csv, told["rows"], strict=True):
            written = {key: "" if value is None else str(int(value) if isinstance(value, bool) else value) for key, value in other.items()}
            assert one == written, name


def test_an_unknown_table_is_not_found(browse_sqlite: Browse) -> None:
    for address in (
        "/open-data/people.csv",
        "/open-data/network.xml",
        "/open-data/network",
        "/open-data/.csv",
        "/open-data/network.csv.csv",
    ):
        assert browse_sqlite().get(address).status == 404


def test_items_and_materials_belong_together(app: Flask) -> None:
    items, materials = rows(app, "items"), rows(app, "materials")
    assert len(items) == 30
    assert {row["item"] for row in materials} <= {row["code"] for row in items}
    (third,) = (row for row in items if row["code"] == "S-03")
    assert (third["body"], third["promised"], third["promised_unit"], third["statutory"]) == ("MR", "10", "working", "20")


def test_powers_are_those_in_force_now(app: Flask, clock: ManualClock) -> None:
    found = rows(app, "powers")
    of = {(row["window"], row["item"], row["power"]) for row in found}
    assert len(of) == len(found)
    assert {window for window, item, power in of if item == "S-03" and power == "decide"} == {"611026000000-MR"}
    assert ("611026102000-G", "S-03", "accept") in of
    assert ("611026102000-G", "S-03", "decide") not in of
    assert {power for window, _item, power in of if window == "611026102002-G"} <= {"collect", "deliver", "finish"}
    assert all(row["instrument"] and row["from"] and row["mandate"] for row in found)
    clock.advance(days=-31)  # a day before the instruments were registered
    assert rows(app, "powers") == []


def test_windows_are_those_of_the_day(app: Flask, clock: ManualClock) -> None:
    assert len(rows(app, "windows")) == 106
    clock.go_to(date(2023, 6, 30))
    assert rows(app, "windows") == []


def test_nothing_of_a_person_is_in_any_table(app: Flask) -> None:
    for name, table in queries.TABLES.items():
        assert not {"username", "id_number", "applicant", "account"} & set(table.columns), name


def test_an_unchanged_table_is_not_sent_again(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/open-data/network.json")
    again = client.get("/open-data/network.json", headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.get_data()) == (304, b"")


def test_it_is_up_to_date_as_of_the_last_change(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        now = datetime.now(timezone.utc) + timedelta(hours=1)  # after the records of the seed, which bear wall time
        last = queries.updated_at(county_id, now)
        assert last <= now
        tomorrow = now + timedelta(days=1)
        assert queries.updated_at(county_id, tomorrow) > last  # a period may have begun or ended at midnight


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_runs_as_a_formula(start: str) -> None:
    (cell,) = list(csv.reader(io.StringIO(tables.as_csv(["a"], [[f"{start}1+1"]]), newline="")))[1]
    assert cell == f"'{start}1+1"


def test_cells() -> None:
    text = tables.as_csv(["a", "b", "c", "d", "e", "f"], [[None, True, -1.5, date(2026, 1, 2), '说"好", 行', "两\n行"]])
    assert text.startswith("\ufeffa,b,c,d,e,f\r\n")
    (row,) = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))[1:]
    assert row == ["", "1", "-1.5", "2026-01-02", '说"好", 行', "两\n行"]
