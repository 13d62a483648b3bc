"""A database that a newer version has migrated is refused in plain words."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

pytestmark = pytest.mark.engines


def migrate(package: str, dsn: str) -> subprocess.CompletedProcess[str]:
    """Run a service's migration as its one-shot container does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", package, "migrate"],
        env=env | {"PASSWATCH_POSTGRES_DSN": dsn},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("package", "schema"), [("batch_inference_trigger", "ledger"), ("operation_server", "operation")]
)
def test_a_newer_schema_stops_the_migration_with_a_way_out(package: str, schema: str, postgres_dsn: str) -> None:
    """After a downgrade the one-shot ends with status 78, names the version that it found, and what can be done."""
    assert migrate(package, postgres_dsn).returncode == 0
    engine = create_engine(postgres_dsn)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema}.alembic_version SET version_num = '9999'"))  # noqa: S608 - no input
    engine.dispose()
    done = migrate(package, postgres_dsn)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 78
    assert "9999" in said
    assert "restore a backup" in said
    assert "Traceback" not in said
