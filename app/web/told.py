"""The sentences of domain and services that pages show, by their forms; see `retold`."""

from app.web.tongue import marked

_PLANS = (
    marked("you asked for it"),
    marked("the ramp changed"),
    marked("advice applied: %(advice)s"),
)

TOLD: tuple[str, ...] = (*_PLANS,)
