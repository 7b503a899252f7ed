"""A field for a day and a time, with words of ours for what is none."""

from flask_babel import lazy_gettext
from wtforms import DateTimeLocalField

from app.web.tongue import translated as _

NEEDED = lazy_gettext("Give the day and the time.")
_YEARS = range(2000, 2100)


class DayAndTime(DateTimeLocalField):  # type: ignore[misc]
    """A day and a time, on whichever clock the form is about."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(NEEDED)) from error
        if self.data is not None and self.data.year not in _YEARS:
            raise ValueError(
                _("Choose a day from %(first)s to %(last)s.", first=_YEARS[0], last=_YEARS[-1])
            )
