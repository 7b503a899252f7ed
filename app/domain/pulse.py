"""The pulse: what keeps outreach going when nothing else would, and how near tries may come."""

from datetime import timedelta

from app.domain.disposition import CONTACTS, Disposition

PULSE = timedelta(minutes=3)
"""In the final week something goes out at least this often, while anybody may be reached. The
promise is five minutes; the rest is for one try that comes to nothing and another (custom)."""
TRYING = timedelta(seconds=30)
"""A try that is not older may still succeed: a lease, a time-out and a tick fit (custom)."""
AT_A_TIME = 1
"""Touches a beat. One keeps the pulse, and a pool of few voters lasts the longer."""

NEAREST = timedelta(hours=4)
"""When a pool is dry in the final week, whoever was tried on a channel may be tried on it again
after so long: no two tries then fall into one part of the day, be it morning, afternoon or
evening, and a voter under the usual cap of two a day is not used up by noon (custom)."""

SPOKE = CONTACTS | {Disposition.HUNG_UP}
"""Whoever came to the phone rests as long as the result says: a wish goes before the floor."""
