"""Legal numbers: periods, forms, and who gets which."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneoff_batch.book.numbers import number, period_of, render
from oneoff_batch.settings import DEFAULT_SERIES, Series

MONTHLY = Series("monthly", prefix="M", date_parts=("year", "month"), reset="month", digits=4)
FISCAL = Series("fiscal", prefix="F", reset="year", fiscal_first_month=4)
FOREVER = Series("forever", prefix="X", date_parts=(), reset="never", first=100, increment=5, digits=3)
PLAIN = Series("invoices")
SERIES = {s.name: s for s in (MONTHLY, FISCAL, FOREVER, PLAIN)}


def queue(*rows: tuple[str, date]) -> pd.DataFrame:
    series, days = [r[0] for r in rows], [r[1] for r in rows]
    return pd.DataFrame(
        {
            "id": range(1, len(rows) + 1),
            "series": pd.Series(series, dtype="str"),
            "invoice_date": pd.Series(pa.array(days, pa.date32()), dtype=pd.ArrowDtype(pa.date32())),
            "position": range(1, len(rows) + 1),
        }
    )


def numbers_by_id(drawn: pd.DataFrame) -> dict[int, str]:
    return dict(zip(drawn["id"].tolist(), drawn["number"].tolist(), strict=True))


def test_a_number_is_prefix_date_parts_and_a_counter() -> None:
    assert render(MONTHLY, date(2026, 11, 24), 1) == "M-2026-11-0001"
    assert render(PLAIN, date(2026, 11, 24), 42) == "INV-2026-000042"
    assert render(FOREVER, date(2026, 11, 24), 100) == "X-100"


def test_a_counter_that_outgrows_its_digits_is_written_in_full() -> None:
    assert render(FOREVER, date(2026, 1, 1), 12345) == "X-12345"


def test_a_series_without_a_prefix_begins_with_its_date() -> None:
    assert render(Series("bare", prefix=""), date(2026, 11, 24), 7) == "2026-000007"


def test_the_year_of_a_fiscal_series_is_the_one_in_which_it_began() -> None:
    assert period_of(FISCAL, date(2027, 3, 31)) == "2026"
    assert render(FISCAL, date(2027, 3, 31), 9) == "F-2026-000009"
    assert period_of(FISCAL, date(2027, 4, 1)) == "2027"


def test_a_period_is_what_restarts_the_counter() -> None:
    day = date(2026, 11, 24)
    assert [period_of(s, day) for s in (FOREVER, PLAIN, MONTHLY)] == ["", "2026", "2026-11"]


def test_numbers_follow_the_invoice_date_and_then_the_order_of_the_sheet() -> None:
    drawn = number(
        queue(("invoices", date(2026, 11, 9)), ("invoices", date(2026, 11, 3)), ("invoices", date(2026, 11, 9))),
        SERIES,
        {("invoices", "2026"): 17},
    )
    assert numbers_by_id(drawn) == {2: "INV-2026-000018", 1: "INV-2026-000019", 3: "INV-2026-000020"}


def test_each_month_starts_again_where_the_series_says_so() -> None:
    drawn = number(
        queue(("monthly", date(2026, 12, 1)), ("monthly", date(2026, 11, 30)), ("monthly", date(2026, 12, 1))), SERIES, {}
    )
    assert numbers_by_id(drawn) == {2: "M-2026-11-0001", 1: "M-2026-12-0001", 3: "M-2026-12-0002"}


def test_the_first_number_and_the_increment_are_those_of_the_series() -> None:
    day = date(2026, 5, 1)
    assert number(queue(("forever", day), ("forever", day)), SERIES, {})["counter"].tolist() == [100, 105]
    assert number(queue(("forever", day)), SERIES, {("forever", ""): 105})["counter"].tolist() == [110]


def test_series_count_apart_from_each_other() -> None:
    day = date(2026, 5, 1)
    drawn = number(queue(("fiscal", day), ("invoices", day), ("fiscal", day)), SERIES, {("fiscal", "2026"): 4})
    assert numbers_by_id(drawn) == {1: "F-2026-000005", 2: "INV-2026-000001", 3: "F-2026-000006"}


def test_nothing_to_number_gives_no_numbers() -> None:
    drawn = number(queue(), SERIES, {})
    assert list(drawn) == ["id", "number", "series", "period", "counter"]
    assert len(drawn) == 0


def test_a_series_that_is_not_defined_raises() -> None:
    with pytest.raises(KeyError):
        number(queue(("unknown", date(2026, 1, 1))), SERIES, {})


days = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@given(st.lists(st.tuples(st.sampled_from(sorted(SERIES)), days), max_size=40), st.integers(0, 30))
def test_no_gap_no_duplicate_and_dates_in_order_in_every_series(rows: list[tuple[str, date]], cut: int) -> None:
    first = number(queue(*rows[:cut]), SERIES, {})
    last = first.groupby(["series", "period"])["counter"].max().to_dict()
    second = number(queue(*rows[cut:]), SERIES, last)
    drawn = pd.concat([first, second])
    assert drawn["number"].is_unique
    for (name, _), group in drawn.groupby(["series", "period"]):
        s = SERIES[name]
        assert group["counter"].tolist() == [s.first + i * s.increment for i in range(len(group))]
    for part, of in ((first, rows[:cut]), (second, rows[cut:])):
        for _, group in part.groupby(["series", "period"]):
            keys = [(of[i - 1][1], i) for i in group["id"]]
            assert keys == sorted(keys)


def test_the_default_series_cannot_draw_one_number_twice() -> None:
    drawn = {render(s, date(2026, 1, 1), 1) for s in DEFAULT_SERIES}
    assert len(drawn) == len(DEFAULT_SERIES)
