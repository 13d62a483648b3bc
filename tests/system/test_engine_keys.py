"""What a web page can have a browser send to the engines' ports on this machine changes nothing there."""

from __future__ import annotations

import pytest
import requests

from passwatch_native.stack import Stack

pytestmark = pytest.mark.system

MODEL = "vae_timeseries"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/admin/tsdb/delete_series?match[]={__name__!=''}"),
        ("POST", "/api/v1/import"),
        ("POST", "/api/v1/import/prometheus"),
        ("POST", "/write"),
        ("GET", "/snapshot/delete_all"),
        ("GET", "/internal/force_merge"),
        ("GET", "/api/v1/labels"),
    ],
)
def test_victoriametrics_takes_no_order_without_its_password(stack: Stack, method: str, path: str) -> None:
    """Neither a wrong one; the same request with the right one is understood."""
    base = stack.env["PASSWATCH_VICTORIA_URL"]
    address = "http://" + base.rpartition("@")[2] + path
    assert requests.request(method, address, timeout=30).status_code == 401
    assert requests.request(method, address, auth=("passwatch", "wrong"), timeout=30).status_code == 401
    if path == "/api/v1/labels":
        assert requests.get(base + path, timeout=30).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/v2/repository/models/{MODEL}/unload",
        f"/v2/repository/models/{MODEL}/load",
        "/v2/repository/index",
        "/v2/systemsharedmemory/region/x/register",
        "/v2/logging",
        "/v2/trace/setting",
    ],
)
def test_triton_takes_no_order_without_its_key(stack: Stack, path: str) -> None:
    """Its models stay loaded."""
    base = stack.env["PASSWATCH_TRITON_HTTP_URL"]
    assert requests.post(base + path, json={}, timeout=30).status_code == 403
    assert requests.post(base + path, json={}, headers={"passwatch-key": "x"}, timeout=30).status_code == 403
    assert requests.get(f"{base}/v2/models/{MODEL}/ready", timeout=30).status_code == 200
