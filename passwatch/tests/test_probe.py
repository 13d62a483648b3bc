"""The probe that health checks of containers run."""

import pytest

from passwatch.health import Check, HealthServer
from passwatch.probe import main


@pytest.mark.parametrize(("well", "status"), [(True, 0), (False, 1)])
def test_the_probe_ends_with_what_the_process_says(well: bool, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Ready is status 0, not ready is 1, and what was answered is shown."""
    server = HealthServer("127.0.0.1", 0, {"kafka": lambda: Check(ok=well, detail="as it is")})
    server.start()
    try:
        assert main(f"http://127.0.0.1:{server.port}/health/ready") == status
    finally:
        server.stop()
    assert "as it is" in capsys.readouterr().out


def test_a_process_that_does_not_listen_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    """No connection is status 1, and the reason is shown."""
    assert main("http://127.0.0.1:1/health/ready") == 1
    assert "refused" in capsys.readouterr().out
