"""Every metric of the worker. They are kept by the worker's main process; see :mod:`analysis_worker.tally`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)

TASKS = Counter("passwatch_worker_judged_tasks_total", "Tasks judged, result published", ["verdict"])
TASK_SECONDS = Histogram("passwatch_worker_task_seconds", "Time from a task's start to its result", buckets=SECONDS)
PART_SECONDS = Histogram(
    "passwatch_worker_task_part_seconds", "Time of the parts of a judgement", ["part"], buckets=SECONDS
)
QUEUE_SECONDS = Histogram("passwatch_worker_queue_seconds", "Time from a task's request to its start", buckets=SECONDS)
FITS = Counter("passwatch_worker_calibration_fits_total", "Calibrations asked for: fitted, or failed", ["outcome"])
GIVEN_BACK = Counter("passwatch_worker_given_back_tasks_total", "Tasks put back into the queue: an engine was down")
WAITING = Gauge("passwatch_worker_waiting_tasks", "Tasks that wait for an engine that is down")
DEAD = Counter("passwatch_worker_dead_tasks_total", "Tasks that were given up", ["reason"])
