"""The sentences of domain and services that pages show, by their forms; see web/retold.py."""

from app.web.told import hours, lists, messages, people, plan, voice, watch

TOLD: tuple[str, ...] = (
    *plan.TOLD,
    *people.TOLD,
    *lists.TOLD,
    *messages.TOLD,
    *hours.TOLD,
    *watch.TOLD,
    *voice.TOLD,
)
