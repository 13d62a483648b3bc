import socket
import struct
import threading

import pytest
import requests

from passwatch.health import Check, HealthServer, run_probes


def bad() -> Check:
    raise ConnectionError("refused")


def test_a_raising_probe_is_an_answer() -> None:
    """A probe that raises counts as not well, and its error is told."""
    assert run_probes({"kafka": bad}) == {"kafka": Check(ok=False, detail="ConnectionError: refused")}


def test_readiness_follows_the_probes() -> None:
    """The server answers 200 while all probes are well, and 503 with the reason when one is not."""
    state = {"ok": True}
    server = HealthServer("127.0.0.1", 0, {"engine": lambda: Check(state["ok"], "as told")})
    server.start()
    try:
        base = f"http://127.0.0.1:{server.port}"
        assert requests.get(f"{base}/health", timeout=30).status_code == 200
        assert requests.get(f"{base}/health/ready", timeout=30).json()["ready"] is True
        state["ok"] = False
        answer = requests.get(f"{base}/health/ready", timeout=30)
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "checks": {"engine": {"ok": False, "detail": "as told"}}}
        assert "python_info" in requests.get(f"{base}/metrics", timeout=30).text
        assert requests.get(f"{base}/nothing", timeout=30).status_code == 404
    finally:
        server.stop()


def test_one_who_gave_up_waiting_is_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prober that hangs up before a slow probe has answered leaves nothing on standard error."""
    asked, released, answered = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Check:
        asked.set()
        released.wait(10)
        return Check(ok=True, detail="late")

    server = HealthServer("127.0.0.1", 0, {"engine": slow})

    def shut(request: socket.socket) -> None:
        request.close()
        answered.set()

    monkeypatch.setattr(server._server, "shutdown_request", shut)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as prober:
            prober.sendall(b"GET /health/ready HTTP/1.1\r\n\r\n")
            assert asked.wait(10)
            prober.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        released.set()
        assert answered.wait(10)
    finally:
        server.stop()
    assert capsys.readouterr().err == ""
