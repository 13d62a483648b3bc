"""Search by Elasticsearch, through the few calls of its REST interface that are needed.

The index holds what the table of documents holds. Words come split, and are indexed as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from operation_server.db.rows import Row
from operation_server.search.index import FILTERS, SearchQuery, hit
from operation_server.search.question import Group, Term, understand
from operation_server.search.schemas import SearchHit
from operation_server.web.paging import Position

NAME = "elasticsearch"
CONNECT_TIMEOUT_S = 2.0
PATIENCE_S = 5.0
WRITE_PATIENCE_S = 60.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HTTP_NOT_FOUND, HTTP_CONFLICT = 404, 409
SHOWN = (
    *("id", "kind", "batch_uid", "batch_id", "job_id", "satellite_id", "mission", "subsystem", "revision"),
    *("channel", "verdict", "severity", "body"),
)
"""What is kept of a document beside its time, for the answer."""

INDEX: Mapping[str, Any] = {
    "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"},
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "words": {"type": "text", "analyzer": "whitespace", "norms": False},
            "at": {"type": "long"},
            "id": {"type": "keyword"},
            "shown": {"type": "boolean"},
            "document": {"type": "object", "enabled": False},
            **{name: {"type": "keyword"} for name in FILTERS},
        },
    },
}
"""How an index is made. Times are microseconds, as exact as PostgreSQL's."""


class SearchDown(Exception):
    """Elasticsearch does not answer, or refuses; the message says why, and names no password."""


class IndexMissing(SearchDown):
    """It answers, and does not have the index."""


class ElasticClient:
    """Asks Elasticsearch. Safe for any number of threads: each question has a connection of its own."""

    def __init__(self, url: str) -> None:
        given = urlsplit(url)
        self.address = f"{given.hostname}:{given.port or 9200}"
        self._base = f"{given.scheme}://{self.address}{given.path.rstrip('/')}"
        self._auth = (given.username, given.password or "") if given.username else None

    def health(self) -> str:
        """The cluster's state: green, yellow or red.

        Raises:
            SearchDown: it does not answer.
        """
        return str(self._ask("GET", "/_cluster/health")["status"])

    def exists(self, index: str) -> bool:
        """Whether it has this index.

        Raises:
            SearchDown: it does not answer.
        """
        try:
            self._ask("GET", f"/{index}?filter_path=*.aliases")
        except IndexMissing:
            return False
        return True

    def create(self, index: str) -> None:
        """Make an empty index, with the alias that writing to it needs.

        Raises:
            SearchDown: it was not made.
        """
        body = orjson.dumps({**INDEX, "aliases": {_door(index): {}}})
        self._ask("PUT", f"/{index}", body, patience_s=WRITE_PATIENCE_S)

    def drop(self, index: str) -> None:
        """Remove an index, if it is there.

        Raises:
            SearchDown: it does not answer.
        """
        self._ask("DELETE", f"/{index}?ignore_unavailable=true", patience_s=WRITE_PATIENCE_S)

    def put(self, index: str, rows: Sequence[Row]) -> None:
        """Index documents, found by searches when this returns. Repeating it changes nothing, nor does coming late.

        Raises:
            SearchDown: some were not taken.
        """
        lines = [line for row in rows for line in (_action(row), orjson.dumps(document(row)))]
        path = f"/{_door(index)}/_bulk?require_alias=true&refresh=true&filter_path=errors,items.*.status,items.*.error"
        answer = self._ask("POST", path, b"\n".join(lines) + b"\n", patience_s=WRITE_PATIENCE_S)
        if not answer["errors"]:
            return
        for item in (each["index"] for each in answer["items"]):
            if item["status"] == HTTP_NOT_FOUND:
                raise IndexMissing(str(item["error"]["reason"]))
            if item["status"] not in (200, 201, HTTP_CONFLICT):  # a conflict: it has a newer state already
                raise SearchDown(f"a document was refused: {item['error']['type']}: {item['error']['reason']}")

    def find(self, index: str, query: SearchQuery, position: Position | None, limit: int) -> list[SearchHit]:
        """At most ``limit`` matches after ``position``: the newest first, by time and id.

        Raises:
            SearchDown: it does not answer.
        """
        body = question(query, position, limit)
        if body is None:
            return []
        path = f"/{index}/_search?allow_partial_search_results=false&filter_path=hits.hits._source"
        found = self._ask("POST", path, orjson.dumps(body)).get("hits", {}).get("hits", [])
        return [hit(each["_source"]["document"] | {"at": _time(each["_source"]["at"])}) for each in found]

    def _ask(self, method: str, path: str, body: bytes | None = None, *, patience_s: float = PATIENCE_S) -> Any:
        kind = "application/x-ndjson" if "/_bulk" in path else "application/json"
        try:
            answer = requests.request(
                method,
                self._base + path,
                data=body,
                auth=self._auth,
                headers={"Content-Type": kind} if body else None,
                timeout=(CONNECT_TIMEOUT_S, patience_s),
            )
        except requests.RequestException as error:
            raise SearchDown(f"{self.address} does not answer ({type(error).__name__})") from error
        if answer.status_code == HTTP_NOT_FOUND:
            raise IndexMissing(f"{self.address} does not have the index")
        try:
            told = orjson.loads(answer.content)
        except ValueError as error:
            raise SearchDown(f"{self.address} answers {answer.status_code}, and not as Elasticsearch does") from error
        if not answer.ok:
            why = told.get("error", {}) if isinstance(told, dict) else {}
            reason = why.get("reason", "") if isinstance(why, dict) else why
            raise SearchDown(f"{self.address} answers {answer.status_code}: {reason}")
        return told


def document(row: Row) -> dict[str, Any]:
    """A row of the table of documents, as it is indexed."""
    return {
        "words": " ".join(row["words"]),
        "at": _microseconds(row["at"]),
        "id": row["id"],
        "shown": row["shown"],
        **{name: row[name] for name in FILTERS},
        "document": {name: row[name] for name in SHOWN},
    }


def question(query: SearchQuery, position: Position | None, limit: int) -> dict[str, Any] | None:
    """The body of a search; None if nothing can match. Nothing is scored: the order is that of time and id."""
    must: list[dict[str, Any]] = [{"term": {"shown": True}}]
    if query.text is not None:
        groups = understand(query.text)
        if not groups:
            return None
        must.append(_any_of([_all_of(group) for group in groups]))
    must += [{"term": {name: value}} for name, value in query.filters().items()]
    span = {"gte": query.start, "lte": query.end}
    bounds = {name: _microseconds(at) for name, at in span.items() if at is not None}
    if bounds:
        must.append({"range": {"at": bounds}})
    body: dict[str, Any] = {
        "size": limit,
        "track_total_hits": False,
        "query": {"bool": {"filter": must}},
        "sort": [{"at": "desc"}, {"id": "desc"}],
    }
    if position is not None:
        body["search_after"] = [_microseconds(position.at), position.id]
    return body


def _any_of(questions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": questions, "minimum_should_match": 1}}


def _all_of(group: Group) -> dict[str, Any]:
    return {
        "bool": {
            "filter": [{"match_all": {}}, *(_phrase(term) for term in group if not term.excluded)],
            "must_not": [_phrase(term) for term in group if term.excluded],
        }
    }


def _phrase(term: Term) -> dict[str, Any]:
    return {"match_phrase": {"words": " ".join(term.words)}}


def _action(row: Row) -> bytes:
    return orjson.dumps({"index": {"_id": row["id"], "version": row["change"], "version_type": "external_gte"}})


def _door(index: str) -> str:
    """The alias through which documents go in: an index that is gone is not made anew by the first write."""
    return index + "-door"


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _time(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND
