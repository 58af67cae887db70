"""Rate: how many requests an endpoint is sent in a second, as a token bucket."""

from dataclasses import dataclass


@dataclass(slots=True)
class Rate:
    """At most `per_second` requests a second, as many at once after a pause; 0 is no limit."""

    per_second: int
    _free: float = 0.0

    def reserve(self, now: float) -> float:
        """Take the next place, and give the seconds until it comes. `now` never goes back."""
        if not self.per_second:
            return 0.0
        interval = 1.0 / self.per_second
        self._free = max(self._free, now - 1.0 + interval) + interval
        return max(0.0, self._free - interval - now)
