"""Many rows at once do what one statement for each row, and one parameter for each value, would do."""

from datetime import timedelta

from sqlalchemy import select

from tests.integration.store.people import AT
from tracker.store.bulk import among, insert_rows, set_by_id
from tracker.store.engine import Store
from tracker.store.tables import inbox_item, person, setting

MANY = 40_000  # more than one statement of SQLite may have parameters


def people(number: int) -> list[dict]:
    return [
        {"created_at": AT, "email": f"'{row}\"\\ 示範@example.invalid", "name": f"示範 {row}", "active": row % 2 == 0}
        for row in range(number)
    ]


def test_rows_come_back_as_they_went_in_whatever_the_order_of_their_columns(store: Store):
    with store.transaction() as conn:
        insert_rows(conn, person, people(3))
        rows = (
            conn.execute(select(person.c.email, person.c.name, person.c.active, person.c.created_at).order_by(person.c.id)).mappings().all()
        )
    assert [dict(row) for row in rows] == people(3)


def test_what_several_rows_share_is_written_into_each(store: Store):
    shared = {"ids": [1, 2], "words": "值"}
    with store.transaction() as conn:
        insert_rows(conn, setting, [{"key": key, "value_json": value} for key, value in (("a", shared), ("c", shared), ("d", []))])
        found = dict(conn.execute(select(setting.c.key, setting.c.value_json)).all())
    assert found == {"a": shared, "c": shared, "d": []}


def test_nothing_to_write_is_no_statement(store: Store):
    with store.read() as conn:  # which refuses to write
        insert_rows(conn, person, [])
        set_by_id(conn, person.c.created_at, {})


def test_a_list_of_any_length_is_one_parameter(store: Store):
    with store.transaction() as conn:
        insert_rows(conn, person, people(50))
        ids = list(conn.scalars(select(person.c.id).order_by(person.c.id)))
        wanted = [*ids[10:20], *range(10_000_000, 10_000_000 + MANY), ids[10]]
        assert list(conn.scalars(select(person.c.id).where(among(person.c.id, wanted)).order_by(person.c.id))) == ids[10:20]
        assert not conn.scalars(select(person.c.id).where(among(person.c.id, []))).all()


def test_a_list_of_texts_is_taken_letter_by_letter(store: Store):
    rows = people(20)
    with store.transaction() as conn:
        insert_rows(conn, person, rows)
        wanted = [row["email"] for row in rows[5:8]]
        query = select(person.c.email).where(among(person.c.email, wanted), person.c.active.is_(True)).order_by(person.c.id)
        assert list(conn.scalars(query)) == [rows[6]["email"]]
        assert list(conn.scalars(select(person.c.email).where(~among(person.c.email, wanted)).order_by(person.c.id))) == [
            row["email"] for row in (*rows[:5], *rows[8:])
        ]


def test_a_list_is_found_along_the_index_of_its_column(store: Store):
    if store.is_postgres:
        return
    with store.read() as conn:
        query = select(inbox_item.c.id).where(among(inbox_item.c.alert_id, [1, 2])).compile(conn)
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("[1, 2]",)).all()
    assert any("SEARCH inbox_item USING" in row[3] for row in plan)


def test_each_row_gets_the_value_that_is_its_own(store: Store):
    with store.transaction() as conn:
        insert_rows(conn, person, people(4))
        ids = list(conn.scalars(select(person.c.id).order_by(person.c.id)))
        set_by_id(conn, person.c.created_at, {ids[0]: AT + timedelta(days=1), ids[2]: AT + timedelta(days=3)})
        days = [(when - AT).days for when in conn.scalars(select(person.c.created_at).order_by(person.c.id))]
    assert days == [1, 0, 3, 0]
