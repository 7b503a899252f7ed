"""A new campaign, asked for in three short steps."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.services.set_up.basics import begin as begin_draft
from app.services.set_up.basics import check, polling_hours, zone_of
from app.services.set_up.draft import SetUpRefused
from app.web.guard import open_to
from app.web.hours_page import in_the_table
from app.web.sessions import parts
from app.web.setup.base import back_to, bp, me
from app.web.setup.forms import FIELDS, STEPS, BeginForm
from app.web.setup.table_rules import table_rules
from app.web.tongue import translated as _


@bp.route("/set-up", methods=["GET", "POST"])
@open_to("organizer")
def begin() -> ResponseReturnValue:
    """A new campaign, a few things at a time; what was typed travels along in the form."""
    form = BeginForm(data={"country": parts().settings.country})
    if request.method == "GET":
        return _asked(form, "who")
    step = request.form.get("step", "who")
    step = step if step in STEPS else "who"
    at = STEPS.index(step)
    if request.form.get("back"):
        return _asked(form, STEPS[max(at - 1, 0)])
    form.validate()
    basics = form.basics()
    found = check(basics, parts().clock.now())
    for one in STEPS[: at + 1]:  # whoever goes back and changes something is asked again there
        if form.problems_of(one, found):
            return _asked(form, one, 422)
    if step != STEPS[-1]:
        return _asked(form, STEPS[at + 1])
    try:
        made = begin_draft(parts().sessions, basics, by=me(), now=parts().clock.now())
    except SetUpRefused as refused:
        of_it = (one for one in STEPS if any(name in refused.problems for name in FIELDS[one]))
        first = next(of_it, "who")
        form.problems_of(first, refused.problems)
        return _asked(form, first, 422)
    flash(_("The draft is made. Nothing goes out before you say so."), "good")
    return back_to(made)


def _asked(form: BeginForm, step: str, status: int = 200) -> ResponseReturnValue:
    basics, facts = form.basics(), {}
    if step == "rules":
        opens, closes = polling_hours(basics)
        facts = {
            "rules": table_rules(basics),
            "opens": opens,
            "closes": closes,
            "zone": zone_of(basics),
        }
    today = parts().clock.now().date()
    page = render_template(
        "setup/begin.html",
        in_the_table=in_the_table,
        form=form,
        step=step,
        at=STEPS.index(step) + 1,
        of=len(STEPS),
        asked=FIELDS[step],
        kept=[name for one in STEPS if one != step for name in FIELDS[one]],
        today=today,
        **facts,
    )
    return page, status
