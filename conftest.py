"""Fixtures for all tests of the repository, and how Hypothesis draws its examples."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.engines", "tests.support.platform", "tests.support.chromium"]

# The same examples in every run, so that a change is refused for what it does; a busy machine is no failure.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("new", settings.get_profile("same"), derandomize=False)
settings.load_profile("same")
