"""docs/images/architecture.svg: the data's way, readable on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from passwatch.tasks import QUEUE
from passwatch.topics import DEAD_LETTERS, PROGRESS, RESULTS, TELEMETRY

Kind = Literal["service", "channel", "engine", "person"]

WIDTH, HEIGHT = 1200, 556
BOX_WIDTH, BOX_HEIGHT = 186, 58
_COLUMNS = (6, 224, 442, 660, 878)
_ROWS = (30, 142, 254, 366, 478)
_LAST_COLUMN = WIDTH - BOX_WIDTH - 4


@dataclass(frozen=True, slots=True)
class Box:
    """Something that data passes or stays in; ``x`` and ``y`` are its upper left corner."""

    x: int
    y: int
    kind: Kind
    title: str
    line: str


STATION = Box(_COLUMNS[0], _ROWS[0], "person", "ground station", "or batch-simulator")
TELEMETRY_TOPIC = Box(_COLUMNS[1], _ROWS[0], "channel", TELEMETRY.name, "Kafka: chunks, marker")
CONSUMER = Box(_COLUMNS[2], _ROWS[0], "service", "victoria-consumer", "checks and stores")
VICTORIA = Box(_COLUMNS[4], _ROWS[0], "engine", "VictoriaMetrics", "telemetry")
LETTERS_TOPIC = Box(_COLUMNS[1], _ROWS[1], "channel", DEAD_LETTERS.name, "Kafka: what was refused")
PROGRESS_TOPIC = Box(_COLUMNS[2], _ROWS[1], "channel", PROGRESS.name, "Kafka: what can be read")
LEDGER = Box(_COLUMNS[1], _ROWS[2], "engine", "PostgreSQL", "ledger and outbox")
TRIGGER = Box(_COLUMNS[2], _ROWS[2], "service", "batch-inference-trigger", "decides completion")
TASKS = Box(_COLUMNS[3], _ROWS[2], "channel", f"{QUEUE} queue", "RabbitMQ: a task each")
WORKER = Box(_COLUMNS[4], _ROWS[2], "service", "analysis-worker", "judges a subsystem")
TRITON = Box(_LAST_COLUMN, _ROWS[2] + 112, "engine", "Triton", "VAE and Transformer")
RESULTS_TOPIC = Box(_COLUMNS[4], _ROWS[4], "channel", RESULTS.name, "Kafka: verdict, evidence")
SERVER = Box(_COLUMNS[3], _ROWS[4], "service", "operation-server", "keeps and serves")
STORES = Box(_COLUMNS[3], _ROWS[3], "engine", "PostgreSQL, Redis", "verdicts, trend cache")
NGINX = Box(_COLUMNS[2], _ROWS[4], "engine", "Nginx", "one address for all")
BROWSER = Box(_COLUMNS[1], _ROWS[4], "person", "dashboard, your code", "REST and live events")

BOXES = (
    *(STATION, TELEMETRY_TOPIC, CONSUMER, VICTORIA, LETTERS_TOPIC, PROGRESS_TOPIC, LEDGER, TRIGGER, TASKS, WORKER),
    *(TRITON, RESULTS_TOPIC, SERVER, STORES, NGINX, BROWSER),
)

Path = tuple[tuple[int, int], ...]


def _left(box: Box) -> tuple[int, int]:
    return box.x, box.y + BOX_HEIGHT // 2


def _right(box: Box) -> tuple[int, int]:
    return box.x + BOX_WIDTH, box.y + BOX_HEIGHT // 2


def _top(box: Box, shift: int = 0) -> tuple[int, int]:
    return box.x + BOX_WIDTH // 2 + shift, box.y


def _bottom(box: Box, shift: int = 0) -> tuple[int, int]:
    return box.x + BOX_WIDTH // 2 + shift, box.y + BOX_HEIGHT


def _round_triton() -> Path:
    return _right(WORKER), (_top(TRITON)[0], _right(WORKER)[1]), _top(TRITON)


def _to_letters() -> Path:
    middle, start, end = (LETTERS_TOPIC.x + BOX_WIDTH + CONSUMER.x) // 2, CONSUMER.y + 46, _right(LETTERS_TOPIC)
    return (CONSUMER.x, start), (middle, start), (middle, end[1]), end


ARROWS: tuple[tuple[Path, bool], ...] = (
    ((_right(STATION), _left(TELEMETRY_TOPIC)), False),
    ((_right(TELEMETRY_TOPIC), _left(CONSUMER)), False),
    ((_right(CONSUMER), _left(VICTORIA)), False),
    (_to_letters(), False),
    ((_bottom(CONSUMER), _top(PROGRESS_TOPIC)), False),
    ((_bottom(PROGRESS_TOPIC), _top(TRIGGER)), False),
    ((_right(LEDGER), _left(TRIGGER)), True),
    ((_right(TRIGGER), _left(TASKS)), False),
    ((_right(TASKS), _left(WORKER)), False),
    ((_bottom(VICTORIA), _top(WORKER)), False),
    (_round_triton(), True),
    ((_bottom(WORKER), _top(RESULTS_TOPIC)), False),
    ((_left(RESULTS_TOPIC), _right(SERVER)), False),
    ((_bottom(STORES), _top(SERVER)), True),
    ((_left(SERVER), _right(NGINX)), False),
    ((_left(NGINX), _right(BROWSER)), False),
)
"""The lines, and whether data goes both ways."""

NOTES: tuple[tuple[int, int, str], ...] = (
    (_COLUMNS[3] + 40, _ROWS[0] + 20, "1 import, 2 flush,"),
    (_COLUMNS[3] + 40, _ROWS[0] + 46, "3 report progress"),
    (_bottom(VICTORIA)[0] + 10, _ROWS[1] + 34, "samples and history"),
)

STYLE = """\
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2328}
.title{font-size:13.5px;font-weight:600;text-anchor:middle}.line{font-size:12px;text-anchor:middle;fill:#59636e}
.note{font-size:12px;fill:#59636e}.box{stroke-width:1.5}.arrow{fill:none;stroke:#59636e;stroke-width:1.6}
.head{fill:#59636e}.service{fill:#ddf4ff;stroke:#0969da}.channel{fill:#fff8c5;stroke:#9a6700}
.engine{fill:#f6f8fa;stroke:#818b98}.person{fill:#dafbe1;stroke:#1a7f37}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.line,.note{fill:#a9b3bf}.arrow{stroke:#a9b3bf}.head{fill:#a9b3bf}
.service{fill:#0d2a4a;stroke:#4a9eff}.channel{fill:#33270a;stroke:#d4a72c}.engine{fill:#23262d;stroke:#768390}
.person{fill:#0f2f1c;stroke:#4ade80}}"""

MARKER = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse">'
    '<path class="head" d="M0 0 8 4 0 8z"/></marker>'
)
DESCRIPTION = (
    "Telemetry goes from the ground station through Kafka to victoria-consumer, which stores it in VictoriaMetrics and "
    "reports progress. batch-inference-trigger decides when a batch is complete and queues its judgement. "
    "analysis-worker reads the samples, asks Triton for forecasts and publishes the verdict, which operation-server "
    "keeps and serves."
)


def svg() -> str:
    """The picture."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        f'<title id="t">The way of the data through Passwatch</title><desc id="d">{DESCRIPTION}</desc>',
        f"<style>{STYLE}</style><defs>{MARKER}</defs>",
        *(_arrow(points, both=both) for points, both in ARROWS),
        *(_box(box) for box in BOXES),
        *(f'<text class="note" x="{x}" y="{y}">{text}</text>' for x, y, text in NOTES),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    shape = f'x="{box.x}" y="{box.y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"'
    middle, radius = box.x + BOX_WIDTH // 2, {"service": 8, "channel": 28, "engine": 2, "person": 8}[box.kind]
    return (
        f'<rect class="box {box.kind}" {shape} rx="{radius}"/>'
        f'<text class="title" x="{middle}" y="{box.y + 25}">{box.title}</text>'
        f'<text class="line" x="{middle}" y="{box.y + 44}">{box.line}</text>'
    )


def _arrow(points: Path, *, both: bool) -> str:
    start = ' marker-start="url(#head)"' if both else ""
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    return f'<path class="arrow" d="{path}"{start} marker-end="url(#head)"/>'


def _legend() -> list[str]:
    entries: tuple[tuple[Kind, str], ...] = (
        ("service", "service of Passwatch"),
        ("channel", "topic or queue"),
        ("engine", "engine"),
        ("person", "outside"),
    )
    found = []
    for row, (kind, text) in enumerate(entries):
        y = _ROWS[2] + 10 + 22 * row
        found.append(f'<rect class="box {kind}" x="20" y="{y}" width="18" height="12" rx="3"/>')
        found.append(f'<text class="note" x="46" y="{y + 11}">{text}</text>')
    return found
