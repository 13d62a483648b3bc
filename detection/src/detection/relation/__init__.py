"""The relation member: what the rest of the satellite, its last orbit and its own past together imply for a channel.

Two regressions, two views. The near one sees the channel's own samples up to the last: what it says is off by itself
in this very sample, or just began to be. The far one sees of the channel only what is 64 samples old: what creeps in
over an hour cannot lead it astray, since the other channels tell it where the channel should be by now. Each sees at
most eight other channels, those that tell most of it.

The error of a view is its innovation. A lasting fault leaves in the near view's innovations only what the view's own
past does not follow; the sum of the innovations weighed by that signature is the most telling linear statistic for a
fault that began so many samples ago (the generalised likelihood ratio of Willsky and Jones, 1976).

Innovations are not equally large everywhere: a panel's voltage jumps at an eclipse, the backlog breaks off in a pass.
Each is taken relative to how large innovations nominally are in the state that one channel tells.
"""

from detection.relation.judge import Related, judge
from detection.relation.statistics import MEMBERS
from detection.relation.views import PAST

__all__ = ["MEMBERS", "PAST", "Related", "judge"]
