"""When a Kafka client that has no broker is taken to be lost. No I/O in here, and no clock."""

from __future__ import annotations


class Absence:
    """How long a client has had no broker although Kafka answered others, in seconds.

    Only time that was seen counts: of the time between two observations at most ``most_step_s``, so that a process that
    was suspended, or a client that could not be observed, is not taken for one that stayed away.
    """

    def __init__(self, patience_s: float, most_step_s: float) -> None:
        """A client is lost after ``patience_s`` seconds."""
        self._patience_s = patience_s
        self._most_step_s = most_step_s
        self._since: float | None = None
        self.seconds = 0.0

    @property
    def is_too_long(self) -> bool:
        """Whether the client is lost, and will not come back by itself."""
        return self.seconds >= self._patience_s

    def observe(self, at: float, *, connected: bool, kafka_answers: bool) -> None:
        """Note what was found at ``at`` (seconds of a steady clock): has the client a broker, and would another one.

        While Kafka answers nobody, nobody is to blame for having no broker: patience begins when it is back.
        """
        if connected or not kafka_answers:
            self._since, self.seconds = None, 0.0
            return
        if self._since is not None:
            self.seconds += min(at - self._since, self._most_step_s)
        self._since = at
