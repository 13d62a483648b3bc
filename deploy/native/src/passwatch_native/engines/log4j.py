"""What the engines that run on Java log: warnings, to the console, which the supervisor keeps."""

from __future__ import annotations

CONSOLE = """\
status = error
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1}: %m%n
"""
"""Log4j 2's properties; ``status`` is of Log4j itself."""
