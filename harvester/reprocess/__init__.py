"""Records read again from the raw store, without the network, when a crosswalk has changed."""

from harvester.reprocess.work import Report, Tally, is_waiting, mark, run, waiting

__all__ = ["Report", "Tally", "is_waiting", "mark", "run", "waiting"]
