"""Files as people have them: read as they were meant, or refused with row and column; nothing is guessed silently."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import times
from detection.files import FileError, numbers, read
from detection.words import counted, duration


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return round(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


def naive(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC).replace(tzinfo=None)


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-060T00:00:00Z", at(2026, 3, 1)),  # CCSDS ASCII time code B
        ("2024-060T00:00:00Z", at(2024, 2, 29)),
        ("2024-366T12:30:15.250Z", at(2024, 12, 31, 12, 30, 15) + 250),
        ("2026060T010203Z", at(2026, 3, 1, 1, 2, 3)),
        ("2026-060T00:00:00", at(2026, 3, 1)),
        ("2026-060 00:00:00+02:00", at(2026, 2, 28, 22)),
        ("2026-060", at(2026, 3, 1)),
        ("2026-03-01T00:00:00.000Z", at(2026, 3, 1)),  # CCSDS ASCII time code A
        ("2016-12-31T23:59:60Z", at(2017, 1, 1)),
        ("2016-366T23:59:60.500Z", at(2017, 1, 1) + 500),
        ("20161231T235960Z", at(2017, 1, 1)),
        ("2017-01-01T00:59:60+01:00", at(2017, 1, 1)),
        ("2026-02-28T24:00:00Z", at(2026, 3, 1)),
        ("2026-W09-7T00:00:00Z", at(2026, 3, 1)),
        ("2026-03-01T00:00:00.123456789Z", at(2026, 3, 1) + 123),
        ("2026-03-01 00:00:00 UTC", at(2026, 3, 1)),
        ("2026-03-01t00:00:00z", at(2026, 3, 1)),
        ("1969-12-31T23:59:59Z", -1000),
    ],
)
def test_a_date_is_read_in_every_form_of_the_standards(cell: str, expected: int) -> None:
    """ISO 8601 with calendar, week and day-of-year dates, CCSDS ASCII codes A and B, leap seconds and 24:00."""
    assert times.moment(cell)[0] == expected


@pytest.mark.parametrize(
    "cell",
    [
        "", "soon", "2026-000T00:00:00Z", "2026-366T00:00:00Z", "2026-13-01", "2026-060T25:00:00Z",
        "2026-060T12:30:60Z", "2026-03-01T23:59:61Z", "2026-03-01T24:00:01Z", "01/03/2026", "12:00:00", "٢٠٢٦-03-01",
        "2026-03-01T00:00:00 MEZ", "9999-12-31T23:59:60Z",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_its_row(tmp_path: Path, cell: str) -> None:
    """An impossible day, a 60th second that no minute has, words, digits of another script."""
    with pytest.raises(FileError, match="row 3, column 'time'"):
        read(csv(tmp_path, f'time,a\n2026-03-01,1\n"{cell}",2\n'))


@given(st.integers(times.EARLIEST_MS, times.LATEST_MS - 1).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC)))
def test_a_day_of_year_means_the_same_as_the_calendar_date(moment: datetime) -> None:
    """Both forms of a time are one instant, to the millisecond."""
    assert times.moment(moment.strftime("%Y-%jT%H:%M:%S.%fZ"))[0] == times.moment(moment.isoformat())[0]


@pytest.mark.parametrize("year", [1600, 1677, 2262, 3000, 9999])
def test_a_year_that_64_bits_of_ns_cannot_hold_is_refused_with_its_row(tmp_path: Path, year: int) -> None:
    """In every type of time that Parquet has, and in CSV: the row is named, and nothing wraps around."""
    good, bad = naive(2026), naive(year, 6)
    types = [pyarrow.timestamp(unit, zone) for unit in ("s", "ms", "us") for zone in (None, "UTC")]
    columns = [pyarrow.array([good, bad], kind) for kind in (*types, pyarrow.date32(), pyarrow.date64())]
    columns += [pyarrow.array([good.isoformat(), bad.isoformat()])]
    seconds = [int(moment.replace(tzinfo=UTC).timestamp()) for moment in (good, bad)]
    columns += [pyarrow.array([f"{count}" for count in seconds]), pyarrow.array(seconds)]
    for column in columns:
        pyarrow.parquet.write_table(pyarrow.table({"time": column, "a": [1.0, 2.0]}), tmp_path / "a.parquet")
        with pytest.raises(FileError, match=r"row 2, column 'time': .*(no time|out of range|looks like ms)"):
            read(tmp_path / "a.parquet")
    with pytest.raises(FileError, match="row 3, column 'time'"):
        read(csv(tmp_path, f"time,a\n{good.isoformat()},1\n{bad.isoformat()},2\n"))


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("extreme", [2**63 - 1, -(2**63)])
def test_the_largest_count_of_a_timestamp_is_refused_too(tmp_path: Path, unit: str, extreme: int) -> None:
    """What no unit can convert is an error with its row, not a wrapped time or a traceback."""
    column = pyarrow.array([0, extreme], pyarrow.int64()).cast(pyarrow.timestamp(unit))
    pyarrow.parquet.write_table(pyarrow.table({"time": column, "a": [1.0, 2.0]}), tmp_path / "a.parquet")
    with pytest.raises(FileError, match="row 2, column 'time'"):
        read(tmp_path / "a.parquet")


def test_every_type_of_time_means_the_same(tmp_path: Path) -> None:
    """Dates and timestamps of each unit, before 1970 too."""
    for moment in (naive(2026, 3), naive(1965, 3)):
        expected = [at(moment.year, 3, 1), at(moment.year, 3, 2)]
        two = [moment, moment.replace(day=2)]
        kinds = [pyarrow.timestamp(unit) for unit in ("s", "ms", "us", "ns")]
        for kind in (*kinds, pyarrow.date32(), pyarrow.date64()):
            column = pyarrow.array([date(m.year, m.month, m.day) for m in two] if "date" in str(kind) else two, kind)
            pyarrow.parquet.write_table(pyarrow.table({"time": column, "a": [1.0, 2.0]}), tmp_path / "a.parquet")
            assert read(tmp_path / "a.parquet").timestamps.tolist() == expected, kind


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ((1767225600, 1767225630, 1767225660000), 4),
        ((1767225600000, 1767225630), 3),
        ((1767225600000, 1767225630000000), 3),
        ((1767225600000000000, 1767225630000), 3),
        ((0, 1767225600, 1767225630000), 4),
    ],
)
def test_two_units_in_one_time_column_are_refused_with_the_row(
    tmp_path: Path, cells: tuple[int, ...], row: int
) -> None:
    """Seconds among milliseconds would be a day of January 1970."""
    with pytest.raises(FileError, match=f"row {row}, column 'time': {cells[row - 2]} looks like .*--time-unit"):
        read(csv(tmp_path, "time,a\n" + "".join(f"{cell},1\n" for cell in cells)))
    pyarrow.parquet.write_table(pyarrow.table({"time": cells, "a": [1.0] * len(cells)}), tmp_path / "a.parquet")
    with pytest.raises(FileError, match=f"row {row - 1}, column 'time'"):
        read(tmp_path / "a.parquet")


def test_a_clock_that_counts_from_zero_again_has_the_unit_of_the_others(tmp_path: Path) -> None:
    """Small counts among milliseconds of this year are milliseconds of 1970: a clock that was not set."""
    table = read(csv(tmp_path, "time,a\n0,1\n30000,2\n1767225600000,3\n"))
    assert table.timestamps.tolist() == [0, 30_000, 1_767_225_600_000]


@pytest.mark.parametrize("cell", ["1_000", "١٢٣", "１２", "1,5", "1.234,5", "1 000", "1'000", "1\N{NO-BREAK SPACE}000"])
def test_a_number_written_otherwise_is_refused_with_its_row(tmp_path: Path, cell: str) -> None:
    """Underscores, other scripts' digits, decimal commas and thousands separators: none is guessed at, alone or not."""
    for others in ("1.5", cell):
        with pytest.raises(
            FileError, match=r"row [23], column 'a': .* is no number: digits 0 to 9 and a decimal point"
        ):
            read(csv(tmp_path, f'time;a\n1;{others}\n2;"{cell}"\n'))
    with pytest.raises(FileError, match="row 3, column 'time'"):
        read(csv(tmp_path, f'time;a\n1;1\n"{cell}x";2\n'))


@pytest.mark.parametrize("cell", ["1e3", "+1000", "1000.", " 1000 ", "0.1E4"])
def test_a_number_is_read_in_every_usual_form(tmp_path: Path, cell: str) -> None:
    """Exponents, signs, spaces around it."""
    assert read(csv(tmp_path, f"time;a\n1;{cell}\n")).channels["a"].tolist() == [1000.0]


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        ('time;"T, +X, -X";"V, bus"', "1;2;3", ["T, +X, -X", "V, bus"]),
        ('time,"T; a; b; c"', "1,2", ["T; a; b; c"]),
        ("time\t\"a, b\"\t'c'", "1\t2\t3", ["a, b", "'c'"]),
        ("time;T, +X, -X;b", "1;2;3", ["T, +X, -X", "b"]),
        ('time, "a;b", c', "1, 2, 3", ["a;b", "c"]),
        ('"time";"say ""a, b, c"""', "1;2", ['say "a, b, c"']),
        ('"time","a\nb,;;;;"', "1,2", ["a\nb,;;;;"]),
        ("\ntime,a", "1,2", ["a"]),
        ("time;a [m/s, abs]", "1;2", ["a [m/s, abs]"]),
        ('5" pipe;time', "1;2", ['5" pipe']),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_delimiter_is_not_counted_in_names(
    tmp_path: Path, head: str, row: str, names: list[str], encoding: str, newline: str
) -> None:
    """Whatever stands in quotes, and with or without a byte order mark, the columns are those of the header."""
    text = head.replace("\n", newline) + newline + row + newline
    table = read(csv(tmp_path, text, encoding))
    assert list(table.channels) == [name.replace("\n", newline) for name in names]
    cells = [float(cell) for cell in re.split("[,;\t] *", row)]
    assert sorted(values.item() for values in table.channels.values()) == [
        cell for cell in cells if cell * 1000 != table.timestamps[0]
    ]


def test_what_is_not_utf_8_is_refused_with_the_row(tmp_path: Path) -> None:
    """A degree sign of a Western code page names its row and what to do."""
    with pytest.raises(FileError, match="row 2: byte 0xb0 is not UTF-8; save the file as UTF-8"):
        read(csv(tmp_path, "time,a\n1,2°\n", "latin-1"))


def test_a_decimal_comma_between_commas_is_refused_with_the_row(tmp_path: Path) -> None:
    """A row of too many cells says what may be wrong with it."""
    with pytest.raises(FileError, match="row 2: 3 cells, but 2 columns are named; a decimal comma"):
        read(csv(tmp_path, "time,a\n1,2,5\n"))


@pytest.mark.parametrize("text", ["SAFE", "KIR-1", "0x1F", "5.1 V", "2026-01-01T00:00:00Z", "nominal,safe"])
def test_a_column_of_text_is_left_out_and_it_is_said(tmp_path: Path, text: str) -> None:
    """The others are judged; asked for by name it is refused with the row, as is one word among numbers."""
    path = csv(tmp_path, f'time,mode,a,empty\n1,"{text}",1.5,\n2,,2.5,\n')
    table = read(path)
    assert list(table.channels) == ["a", "empty"]
    assert table.warnings == ("not judged: mode, a column that holds no numbers",)
    with pytest.raises(FileError, match="row 2, column 'mode'"):
        read(path, columns=["mode"])
    with pytest.raises(FileError, match=r"row 3, column 'a': .* is no number; --columns says which"):
        read(csv(tmp_path, f'time,a\n1,1.5\n2,"{text}"\n'))


def test_parquet_columns_of_other_kinds_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    """Texts, lists and times are no channels; flags are, in both formats."""
    columns = {
        "time": [1, 2],
        "mode": ["a", "b"],
        "l": [[1], [2]],
        "at": [naive(2026)] * 2,
        "ok": [True, False],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert {name: values.tolist() for name, values in table.channels.items()} == {"ok": [1.0, 0.0]}
    assert table.warnings == ("not judged: mode, l, at, columns that hold no numbers",)
    assert read(csv(tmp_path, "time,ok\n1,True\n2,\n3,false\n")).channels["ok"][[0, 2]].tolist() == [1.0, 0.0]


def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    """One by one, several with commas between, or one with commas in it; others may hold anything."""
    path = csv(tmp_path, 'time;"a, b";c;d;mode\n1;2;3;4;5\n2;2;3;4;x\n')
    assert list(read(path, columns=["a, b", "c"]).channels) == ["a, b", "c"]
    assert list(read(path, columns=["d,c"]).channels) == ["c", "d"]
    with pytest.raises(FileError, match=r"no column is named 'C' \(did you mean 'c'\?\), as --columns says"):
        read(path, columns=["C"])
    with pytest.raises(FileError, match="column 'time' of --columns holds the times"):
        read(path, columns=["time"])


def test_an_hour_that_comes_twice_is_said(tmp_path: Path) -> None:
    """Local times without a zone at the end of summer time: how far the clock went back, and how many times collide."""
    stamps = [f"2026-10-25T{hour:02d}:{minute:02d}:00" for hour in (1, 2, 2, 3) for minute in range(60)]
    table = read(csv(tmp_path, "time,a\n" + "".join(f"{stamp},1\n" for stamp in stamps)))
    assert table.warnings == (
        "rows put in the order of time: it went backward 1 time,"
        " at most by 59 min from 2026-10-25 02:59:00 to 2026-10-25 02:00:00",
        "60 rows with the time of a row before, from 2026-10-25 02:00:00 to 2026-10-25 02:59:00:"
        " the first value counts",
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (7199, "120 min"),
        (86_400, "24.0 h"),
        (30 * 86_400, "30.0 days"),
        (1.77e9, "56.1 years"),
    ],
)
def test_a_duration_has_a_sensible_unit(seconds: float, said: str) -> None:
    """Nobody reads 29,538,721 minutes."""
    assert duration(seconds) == said


def test_one_is_singular() -> None:
    """1 time, 2 times."""
    assert (counted(1, "time"), counted(2, "time"), counted(12_000, "row")) == ("1 time", "2 times", "12,000 rows")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_numbers_come_back_as_they_were_written(values: list[float]) -> None:
    """What repr writes is read as the same number."""
    found = numbers([repr(value) for value in values], lambda _i, wrong: AssertionError(wrong))
    assert found is not None
    np.testing.assert_array_equal(found, values)
