"""What a query returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

Row = Mapping[str, Any] | RowMapping
