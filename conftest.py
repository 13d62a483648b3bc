"""Fixtures for all tests of the repository."""

pytest_plugins = ["tests.support.engines", "tests.support.platform", "tests.support.chromium"]
