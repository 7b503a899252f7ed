"""Signing in without a password: a phone or an email, then the code that was sent there."""

from dataclasses import replace

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.sign_in import DIGITS, Login, digits_of, read_login
from app.keys import signing_key
from app.services.sign_in_codes import CODE, LINK, Post, Words, send_code, use_code
from app.store.people import User
from app.web.courier import Courier
from app.web.guard import public
from app.web.sessions import parts, session
from app.web.sign_in import enter, link_for, way_back
from app.web.tongue import translated as _
from app.wiring import Parts

bp = Blueprint("sign_in", __name__, url_prefix="/sign-in")

PATIENCE_SECONDS = 5.0
"""For a carrier or a relay; whoever waits for a code asks again soon."""
ASKED = "signs_in"
"""Where the cookie has whom a code was sent to."""


def init_app(app: Flask) -> None:
    """One courier a process."""
    app.extensions["lastmile-courier"] = Courier()


@bp.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask for the phone or the email; whoever is signed in goes on to where they wanted."""
    back = way_back(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(back or url_for("home.home"), 303)
    return render_template("sign_in/ask.html", back=back, typed="", problem="")


@bp.post("")
@public
def send() -> ResponseReturnValue:
    """Send a code there if there is such an account; the answer is the same if there is none."""
    back, typed = way_back(request.args.get("next")), request.form.get("address", "")
    login = read_login(typed, parts().settings.country)
    if login is None:
        problem = _(
            "That is neither a phone number with area code nor an email address. "
            "Check it and try again."
        )
        return render_template("sign_in/ask.html", back=back, typed=typed, problem=problem), 422
    _carry(login)
    cookie[ASKED] = [login.channel.value, login.address]
    return redirect(url_for(".code", next=back or None), 303)


@bp.get("/code")
@public
def code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    login = _asked()
    return (
        redirect(url_for(".ask", next=_back() or None), 303) if login is None else _code_page(login)
    )


@bp.post("/code")
@public
def check_code() -> ResponseReturnValue:
    """Sign in whom the code was sent to."""
    login, typed = _asked(), digits_of(request.form.get("code", ""))
    if login is None:
        return redirect(url_for(".ask", next=_back() or None), 303)
    if len(typed) != DIGITS:
        return _code_page(
            login, _("The code has %(count)s digits. Type all of them.", count=DIGITS)
        ), 422
    key, wall = signing_key(parts().settings), parts().clock.wall()
    user_id = use_code(parts().sessions, login, typed, key=key, wall=wall)
    person = session().get(User, user_id) if user_id is not None else None
    if person is None:
        return _code_page(
            login,
            _(
                "That code does not fit, or it has been used, or its 10 minutes are over. "
                "Check the newest message, or ask for another code below."
            ),
        ), 422
    cookie.pop(ASKED, None)
    enter(person, "code")
    return redirect(_back() or url_for("home.home"), 303)


def _code_page(login: Login, problem: str = "") -> str:
    return render_template(
        "sign_in/code.html",
        by_text=login.channel is Channel.TEXT,
        address=login.address,
        back=_back(),
        trouble=_courier().trouble(login.channel, parts().clock.wall()),
        problem=problem,
        digits=DIGITS,
    )


def _asked() -> Login | None:
    said = cookie.get(ASKED)
    return Login(Channel(said[0]), said[1]) if said else None


def _back() -> str:
    return way_back(request.args.get("next"))


def _courier() -> Courier:
    courier: Courier = current_app.extensions["lastmile-courier"]
    return courier


def _carry(login: Login) -> None:
    """Hand the work to the courier, all of it: even the look-up takes time that tells."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    hurried, wall = _hurried(parts()), parts().clock.wall()
    key, words = signing_key(hurried.settings), _words(hurried.settings.public_url)

    def link(person: User) -> str:
        with app.app_context():
            return link_for(person)

    post = Post(hurried.texts, hurried.mails, link, key, hurried.settings.public_url)
    _courier().carry(
        login.channel, lambda: send_code(hurried.sessions, post, login, words, wall=wall), wall
    )


def _hurried(given: Parts) -> Parts:
    """The parts with short time-outs."""
    short = {
        name: min(getattr(given.settings, name), PATIENCE_SECONDS)
        for name in ("twilio_timeout_seconds", "smtp_timeout_seconds")
    }
    return replace(given, settings=given.settings.model_copy(update=short))


def _words(public_url: str) -> Words:
    """The messages in the page's language. The last line of the text lets phones fill the code in
    on our own pages, and on no other."""
    host = public_url.partition("://")[2].partition("/")[0].partition(":")[0]
    # Translators: letters outside of GSM-7 (such as ó, á, í) make this two texts.
    said = _("Your Lastmile code is %(code)s. Good for 10 minutes. Give it to nobody.", code=CODE)
    return Words(
        text=f"{said}\n\n@{host} #{CODE}",
        subject=_("%(code)s is your Lastmile code", code=CODE),
        mail=_(
            "Your code is %(code)s. Type it on the page where you asked for it. "
            "It is good for 10 minutes, once.\n\n"
            "Or open this link on the device that you call from:\n%(link)s\n\n"
            "Give neither to anybody. If you did not ask for a code, do nothing.",
            code=CODE,
            link=LINK,
        ),
    )
