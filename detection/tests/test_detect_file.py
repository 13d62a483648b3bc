"""The detector on a file: verdict, exit status, report, and errors that name row and column."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from detection.command import app
from detection.files import FileError, read, read_csv

ROOT = Path(__file__).resolve().parents[2]
START_MS = 1_767_225_600_000
STEP_MS = 30_000


def wave(count: int, *, fault: bool = False, seed: int = 1) -> NDArray[np.float64]:
    """A slow wave with noise; the fault is a shift by many times the noise."""
    values = 20 + 3 * np.sin(np.arange(count) / 30) + 0.05 * np.random.default_rng(seed).standard_normal(count)
    if fault:
        values[300:330] += 2.0
    return np.round(values, 3)


def write(path: Path, count: int, *, fault: bool = False, seed: int = 1, name: str = "temp") -> Path:
    """That channel every 30 s."""
    rows = (f"{START_MS + i * STEP_MS},{value}" for i, value in enumerate(wave(count, fault=fault, seed=seed)))
    path.write_text(f"time,{name}\n" + "\n".join(rows) + "\n")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["detect", *map(str, arguments)])
    return done.exit_code, done.stdout + done.stderr


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fitted on a file of nominal telemetry, and kept."""
    folder = tmp_path_factory.mktemp("fitted")
    write(folder / "nominal.csv", 3000)
    write(folder / "calm.csv", 600, seed=2)
    code, said = run(folder / "calm.csv", "--nominal", folder / "nominal.csv", "--save-calibration", folder / "c.json")
    assert (code, "NOMINAL" in said) == (0, True), said
    return folder / "c.json"


def test_the_exit_status_tells_the_verdict_if_asked(tmp_path: Path, calibration: Path) -> None:
    """Judging succeeds whatever the verdict is; asked for, 3 is an anomaly and 4 too little data."""
    calm, fault = write(tmp_path / "calm.csv", 600, seed=2), write(tmp_path / "fault.csv", 600, fault=True, seed=2)
    short = write(tmp_path / "short.csv", 5)
    by = ("--calibration", calibration)
    assert [run(file, *by)[0] for file in (calm, fault, short)] == [0, 0, 0]
    assert [run(file, *by, "--fail-on-anomaly")[0] for file in (calm, fault, short)] == [0, 3, 4]


def test_what_was_found_is_printed_for_people_and_for_programs(tmp_path: Path, calibration: Path) -> None:
    """The table names the channel; the JSON has the event at its time, and the calibration that judged."""
    file = write(tmp_path / "fault.csv", 600, fault=True, seed=2)
    code, said = run(file, "--calibration", calibration)
    assert (code, "ANOMALY" in said, "temp" in said, "one row every 30 s" in said) == (0, True, True, True)
    document = json.loads(run(file, "--calibration", calibration, "--json")[1])
    event = document["events"][0]
    assert event["channel"] == "temp"
    assert (event["start"] - START_MS) // STEP_MS in range(300, 330)
    assert document["calibration"]["revision"] == json.loads(calibration.read_text())["revision"]
    assert document["subsystems"]["file"]["channels"][0]["verdict"] == "ANOMALY"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "the first 600 of 1200 rows"),
        (("--nominal-rows", "900"), "the first 900 of 1200 rows"),
        (("--fit", "2026-01-01T04:00Z..2026-01-01T09:59:30+00:00"), "its 720 rows"),
    ],
)
def test_a_part_of_the_file_can_be_taken_as_nominal(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    """By count, by span, or its first half; which rows it was is told, and the fault elsewhere is found."""
    code, printed = run(write(tmp_path / "a.csv", 1200), *options, "--json")
    assert (code, said in printed, json.loads(printed)["verdict"]) == (0, True, "NOMINAL")
    values = wave(1200)
    values[1000:1030] += 2.0
    rows = (f"{START_MS + i * STEP_MS},{value}" for i, value in enumerate(values))
    (tmp_path / "b.csv").write_text("time,temp\n" + "\n".join(rows))
    if not any("09:59" in option for option in options):
        assert json.loads(run(tmp_path / "b.csv", *options, "--json")[1])["verdict"] == "ANOMALY"


class _Tags(HTMLParser):
    """What a report consists of."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_stands_alone_and_describes_its_charts(tmp_path: Path) -> None:
    """One well-formed file that asks for nothing: its policy allows the style and scripts in it and no request; a
    described chart per channel; names are escaped.
    """
    name = '<b>&"</script>x'
    file = tmp_path / "fault.csv"
    write(file, 600, fault=True, seed=2, name='"<b>&""</script>x"')
    code, said = run(file, "--nominal-rows", "290", "--html", tmp_path / "r.html", "--out", tmp_path / "r.json")
    assert code == 0, said
    content = (tmp_path / "r.html").read_text()
    tags = _Tags(content)
    assert (tags.open, name in content) == ([], False)
    assert {tag for tag, _ in tags.found}.isdisjoint({"link", "img", "iframe", "b"})
    assert not [value for _, attrs in tags.found for key, value in attrs.items() if key in {"src", "style", "onload"}]
    policy = next(attrs["content"] or "" for _, attrs in tags.found if "http-equiv" in attrs)
    for element, source in re.findall(r"<(style|script)>(.*?)</\1>", content, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert re.search(rf"{element}-src [^;]*'sha256-{re.escape(digest)}'", policy)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    charts = [attrs for tag, attrs in tags.found if tag == "div" and attrs.get("role") == "img"]
    assert len(charts) == 1
    drawn = json.loads(re.search(r'<script type="application/json" id="c0-data">(.*?)</script>', content)[1])  # type: ignore[index]
    assert drawn["name"] == name
    assert len(drawn["x"]) == len(drawn["values"]) == len(drawn["scores"]) == len(drawn["expected"]) == 600
    np.testing.assert_allclose(drawn["values"], wave(600, fault=True, seed=2), rtol=1e-5)
    event = json.loads((tmp_path / "r.json").read_text())["events"][0]
    assert [shade[:2] for shade in drawn["shades"] if shade[2] != "fitted"] == [[event["start"], event["end"]]]
    assert "&lt;b&gt;&amp;&quot;&lt;/script&gt;x" in content
    assert event["explanation"].removeprefix(name).strip()[:12] in content


def test_the_chart_library_is_the_dashboards() -> None:
    """The same version of uPlot as the dashboard pins; its file is that of the package, where that is installed."""
    pinned = json.loads((ROOT / "frontend/package.json").read_text())["dependencies"]["uplot"]
    shipped = ROOT / "detection/src/detection/report"
    assert f"(v{pinned})" in (shipped / "uPlot.iife.min.js").read_text()
    installed = ROOT / "frontend/node_modules/uplot/dist"
    for name in ("uPlot.iife.min.js", "uPlot.min.css") if installed.is_dir() else ():
        assert (shipped / name).read_bytes() == (installed / name).read_bytes()


def test_a_mission_gives_units_limits_and_what_is_judged(tmp_path: Path) -> None:
    """With a mission an event has units and the shipped calibration applies; with another cadence it is refused."""
    known = ("--calibration", ROOT / "missions/calibration/default.json", "--mission", ROOT / "missions/default.json")
    rows = (f"{START_MS + i * STEP_MS},99.0" for i in range(200))
    (tmp_path / "a.csv").write_text("time,battery_temp\n" + "\n".join(rows))
    document = json.loads(run(tmp_path / "a.csv", *known, "--json")[1])
    assert document["subsystems"]["eps"]["verdict"] == "ANOMALY"
    assert "critical limit" in document["events"][0]["explanation"]
    rows = (f"{START_MS + i * 60_000},20.0" for i in range(200))
    (tmp_path / "b.csv").write_text("time,battery_temp\n" + "\n".join(rows))
    code, said = run(tmp_path / "b.csv", *known)
    assert code == 2
    assert "a row every 60 s" in said


def test_columns_that_the_mission_does_not_know_are_said(tmp_path: Path) -> None:
    """Upper case, spaces, a unit in brackets, a typing error: judged without limits, and the name meant is offered."""
    known = ("--calibration", ROOT / "missions/calibration/default.json", "--mission", ROOT / "missions/default.json")
    names = ("Battery_Voltage", "battery temp", "gyro_x [deg/s]", "wheel_1_rmp", "zzz")
    rows = (f"{START_MS + i * STEP_MS},24.9,20,0,1,2,3" for i in range(200))
    (tmp_path / "a.csv").write_text(f"time,{','.join(names)},rssi\n" + "\n".join(rows))
    code, printed = run(tmp_path / "a.csv", *known)
    said = " ".join(printed.split())
    assert code == 0
    for name, meant in zip(names, ("battery_voltage", "battery_temp", "gyro_x", "wheel_1_rpm"), strict=False):
        assert f"{name!r} (did you mean {meant!r}?)" in said
    assert "'zzz': judged without unit, limits, resolution and subsystem" in said
    assert "rssi (did" not in said


def test_columns_that_the_calibration_does_not_know_are_said(tmp_path: Path, calibration: Path) -> None:
    """Without a mission the calibration's own names are offered; what is like none of them is only not judged."""
    code, printed = run(write(tmp_path / "a.csv", 300, name="Temp"), "--calibration", calibration)
    assert (code, "does not know 'Temp' (did you mean 'temp'?)" in " ".join(printed.split())) == (0, True)
    assert "does not know" not in run(write(tmp_path / "a.csv", 300, name="pressure"), "--calibration", calibration)[1]


def test_columns_that_are_context_are_said(tmp_path: Path) -> None:
    """A command column of the mission is not judged, and the notes name it."""
    known = ("--mission", ROOT / "missions/nasa-smap-msl.json", "--nominal-rows", "100")
    rows = (f"{START_MS + i * STEP_MS},{i % 7},1" for i in range(200))
    (tmp_path / "a.csv").write_text("time,A-1,cmd_001\n" + "\n".join(rows))
    code, printed = run(tmp_path / "a.csv", *known)
    assert (code, "context of mission nasa-smap-msl, not judged: cmd_001" in printed) == (0, True), printed


def test_what_limited_the_judgement_is_printed_for_judged_channels_too(tmp_path: Path) -> None:
    """Infinities, an hour that came twice, missing forecasts: on the terminal, not in the JSON alone."""
    lines = write(tmp_path / "a.csv", 1200).read_text().splitlines()
    lines[700] = lines[700].split(",")[0] + ",inf"
    lines[900:900] = lines[780:900]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    code, printed = run(tmp_path / "a.csv")
    said = " ".join(printed.split())
    assert code == 0
    assert "temp: 1 infinite value left out; 120 samples repeated or out of order left out" in said
    assert "it went backward 1 time, at most by 60 min" in said
    assert "120 rows with the time of a row before" in said


def test_too_few_samples_are_a_reason_in_words(tmp_path: Path, calibration: Path) -> None:
    """Five records after a thousand nominal ones: how many it takes, in the verdict's reason and on the terminal."""
    short = write(tmp_path / "short.csv", 5)
    document = json.loads(run(short, "--calibration", calibration, "--json")[1])
    assert document["verdict"] == "INSUFFICIENT_DATA"
    assert "5 of the 20 samples that it takes to judge a channel" in document["reason"]
    assert "None" not in document["reason"]
    assert "temp: not judged, 5 of the 20 samples" in run(short, "--calibration", calibration)[1].replace("\n", " ")


@pytest.mark.parametrize(
    ("count", "options"), [(600, ("--nominal-rows", "1")), (600, ("--nominal-rows", "19")), (5, ()), (39, ())]
)
def test_a_fit_on_a_few_rows_is_refused(tmp_path: Path, count: int, options: tuple[str, ...]) -> None:
    """One row, or half of five, says nothing of what is nominal: no verdict is made of it."""
    code, said = run(write(tmp_path / "a.csv", count), *options)
    assert (code, "to fit one takes 20" in said, "Traceback" in said) == (2, True, False)


@pytest.mark.parametrize("lost", [0, 22, 25, 28])
def test_a_fault_is_found_in_times_that_were_cut_or_thinned_evenly(tmp_path: Path, lost: int) -> None:
    """A record each 1.046 s in whole seconds, and one that lost each 22nd row: the fault is found, all was judged."""
    rows = np.arange(6000)
    if lost:
        rows = rows[rows % lost != lost - 1]
        stamps = START_MS + rows * STEP_MS
    else:
        stamps = (START_MS + 1046.0 * rows) // 1000 * 1000
    values = 3 * np.sin(rows / 40) + 0.1 * np.random.default_rng(3).standard_normal(len(rows))
    fault = len(rows) * 7 // 10
    values[fault : fault + 60] += 8
    lines = (f"{int(stamp)},{value:.4f}" for stamp, value in zip(stamps, values, strict=True))
    (tmp_path / "a.csv").write_text("time,a\n" + "\n".join(lines))
    document = json.loads(run(tmp_path / "a.csv", "--nominal-rows", "2000", "--json")[1])
    channel = document["subsystems"]["file"]["channels"][0]
    assert document["verdict"] == "ANOMALY"
    assert any(abs(event["start"] - stamps[fault]) < 30 * STEP_MS for event in document["events"])
    assert len(channel["timestamps"]) > 0.95 * len(rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,a\n", "at least one row"),
        ("when,a\n1,2\n", "row 1: no column is named"),
        ("time\n1\n", "there is no channel"),
        ("time,a,\n1,2,3\n", "column 3 has no name"),
        ("time,a,a\n1,2,3\n", "column 'a' is there twice"),
        ("time,a\n1,2\nsoon,3\n", "row 3, column 'time': 'soon' is no time"),
        ("time,a\n2026-01-01,2\n5,3\n", "row 3, column 'time': '5' is no time"),
        ("time,a\n1,2\n2,warm\n", "row 3, column 'a': 'warm' is no number"),
        ("time,a\n1,2\n\n2\n", "row 4: 1 cells"),
        ('time,a\n1,"2\n', "row 2: unexpected end of data"),
    ],
)
def test_a_bad_file_is_refused_by_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    """The error says where, and what was found there; the exit status is 2."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(FileError, match=said):
        read_csv(path)
    assert run(path, "--nominal-rows", "1")[0] == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--nominal-rows", "9", "--fit", ".."),
        ("--fit", "yesterday"),
        ("--fit", "2030-01-01.."),
        ("--fit", "soon.."),
        ("--nominal-rows", "99"),
        ("--time", "when"),
        ("--time-unit", "h"),
        ("--models", "nowhere"),
        ("--mission", "nowhere.json"),
        ("--calibration", "nowhere.json"),
        ("--calibration", "c.json", "--save-calibration", "d.json"),
        ("--html", "/proc/none/r.html"),
    ],
)
def test_an_option_that_cannot_be_used_is_told(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The exit status is 2, and what is wrong is said in one line without a traceback."""
    code, said = run(write(tmp_path / "a.csv", 50), *options)
    assert code == 2
    assert said.strip()
    assert "Traceback" not in said


def test_times_are_iso_or_counts_and_empty_cells_are_missing(tmp_path: Path) -> None:
    """ISO 8601 in any zone and counts since 1970 in any unit mean the same, and an empty cell is no sample."""
    expected = [START_MS, START_MS + 1000, START_MS + 2500]
    moments = [datetime.fromtimestamp(t / 1000, UTC) for t in expected]
    forms = {
        "iso": [m.isoformat() for m in moments],
        "naive": [m.strftime("%Y-%m-%d %H:%M:%S.%f") for m in moments],
        "zone": ["2026-01-01T01:00:00+01:00", "2025-12-31T19:00:01-05:00", "2026-01-01T00:00:02.5Z"],
        "s": [str(t / 1000) for t in expected],
        "ms": [str(t) for t in expected],
        "us": [str(t * 1000) for t in expected],
        "ns": [str(t * 1_000_000) for t in expected],
    }
    for form, cells in forms.items():
        path = tmp_path / f"{form}.csv"
        path.write_text("Time;a\n" + "\n".join(f"{c};{v}" for c, v in zip(cells, ("1", "", "NaN"), strict=True)))
        table = read(path)
        assert table.timestamps.tolist() == expected, form
        assert np.isnan(table.channels["a"]).tolist() == [False, True, True]
    with pytest.raises(FileError, match=r"row 2, column 'Time': 1767225600000 s since 1970 is no time"):
        read(tmp_path / "ms.csv", time_unit="s")


def test_rows_out_of_order_are_put_in_order_and_it_is_said(tmp_path: Path) -> None:
    """A file that is sorted backward means the same as one that is not."""
    (tmp_path / "a.csv").write_text("t,a\n30,3\n20,2\n10,1\n")
    table = read(tmp_path / "a.csv")
    assert table.timestamps.tolist() == [10_000, 20_000, 30_000]
    assert table.channels["a"].tolist() == [1.0, 2.0, 3.0]
    assert table.warnings == (
        "rows put in the order of time: it went backward 2 times, at most by"
        " 10 s from 1970-01-01 00:00:30 to 1970-01-01 00:00:20",
    )


def test_parquet_means_the_same_as_csv(tmp_path: Path) -> None:
    """Timestamps, counts and texts are times; integers, flags and texts are numbers; a null is a missing sample."""
    moments = [datetime.fromtimestamp(START_MS / 1000 + i, UTC) for i in range(3)]
    for number, stamps in enumerate(
        (
            pyarrow.array(moments, pyarrow.timestamp("us", "UTC")),
            pyarrow.array([m.replace(tzinfo=None) for m in moments], pyarrow.timestamp("ns")),
            pyarrow.array([START_MS + i * 1000 for i in range(3)]),
            pyarrow.array([m.isoformat() for m in moments]).dictionary_encode(),
        )
    ):
        columns = {
            "time": stamps,
            "a": pyarrow.array([1.5, None, float("nan")]),
            "b": pyarrow.array([1, None, 3], pyarrow.int32()),
            "c": pyarrow.array([True, False, None]),
            "d": pyarrow.array(["7", "", "8"]),
        }
        path = tmp_path / f"{number}.parquet"
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        table = read(path)
        assert table.timestamps.tolist() == [START_MS, START_MS + 1000, START_MS + 2000]
        expected = {"a": [1.5, None, None], "b": [1, None, 3], "c": [1, 0, None], "d": [7, None, 8]}
        for name, values in expected.items():
            np.testing.assert_array_equal(table.channels[name], np.array(values, dtype=float))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1.0]}, "no column is named"),
        ({"time": [1, None], "a": [1.0, 2.0]}, "row 2, column 'time': no time"),
        ({"time": [1, 2], "a": ["1", "warm"]}, "row 2, column 'a': 'warm' is no number"),
        ({"time": [1, 2], "a": [[1], [2]]}, "no column of numbers besides the times; a cannot be judged"),
        ({"time": [[1]], "a": [1]}, "column 'time': list<.*> is no kind of time"),
        (None, "bad.parquet"),
    ],
)
def test_a_bad_parquet_file_is_refused_by_row_and_column(
    tmp_path: Path, columns: dict[str, list[object]] | None, said: str
) -> None:
    """The error says where, and what was found there."""
    path = tmp_path / "bad.parquet"
    if columns is None:
        path.write_text("no parquet at all")
    else:
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    with pytest.raises(FileError, match=said):
        read(path)
