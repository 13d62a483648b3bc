"""Elasticsearch natively: the same version as in containers, on loopback, and only where it is asked for."""

import re
from pathlib import Path

import pytest

from passwatch_native.engines import elasticsearch
from passwatch_native.paths import CHECKOUT
from passwatch_native.services import ServiceOptions
from passwatch_native.stack import Stack


def test_both_ways_run_the_same_version() -> None:
    """The pom names the version of the image that Compose runs."""
    image = re.search(r"elasticsearch/elasticsearch:([\d.]+)", (CHECKOUT.root / "docker-compose.yml").read_text())
    assert image is not None
    assert CHECKOUT.elasticsearch.name == f"elasticsearch-{image[1]}"


@pytest.mark.parametrize("wanted", [True, False])
def test_it_is_an_engine_where_it_is_asked_for(tmp_path: Path, *, wanted: bool) -> None:
    """A stack has it if its options say so; the services are told its address in both cases."""
    stack = Stack(tmp_path, 20000, options=ServiceOptions(search=wanted))
    assert ("elasticsearch" in {program.name for program in stack.programs(("engines",))}) is wanted
    assert stack.env["PASSWATCH_ELASTICSEARCH_URL"] == "http://127.0.0.1:20025"


def test_it_listens_on_loopback_and_keeps_its_data_in_the_stack(tmp_path: Path) -> None:
    """Both of its listeners name 127.0.0.1, and an index is never made by a write alone."""
    layout = Stack(tmp_path, 20000).layout
    text = elasticsearch.config(layout, elasticsearch.folder(layout, euid=1000))
    assert "http.host: 127.0.0.1\nhttp.port: 20025\n" in text
    assert "transport.host: 127.0.0.1\n" in text
    assert f'path.data: "{tmp_path}/data/elasticsearch/data"' in text
    assert "action.auto_create_index: false" in text


def test_root_keeps_it_where_its_account_can_reach(tmp_path: Path) -> None:
    """Under a private folder, root's stack keeps the data in the system's."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    layout = Stack(closed / "stack", 20000).layout
    assert elasticsearch.folder(layout, euid=0) == Path(f"/var/lib/passwatch-{layout.id}")
    assert elasticsearch.folder(layout, euid=1000) == layout.data / "elasticsearch"
