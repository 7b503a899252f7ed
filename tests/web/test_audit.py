"""The audit log: nobody changes it, every action has words, and a page of it is quick to find."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import app.services
import app.store
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.web.audit_words import action_words
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

FLOORS = (app.services, app.store)


def _modules() -> Iterator[tuple[str, ast.Module, dict[str, Any]]]:
    """Each module that writes entries: its name, its source, and its names as they are."""
    for floor in FLOORS:
        for found in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}."):
            module = importlib.import_module(found.name)
            assert module.__file__
            with open(module.__file__, encoding="utf-8") as file:
                source = file.read()
            writes = "AuditEntry(" in source or "INSERT INTO audit" in source
            if writes or any(_takes_action(one) for one in vars(module).values()):
                yield found.name, ast.parse(source), vars(module)


def _takes_action(one: Any) -> bool:
    """Whether this is a function of ours that writes an entry of the action that it is given."""
    ours = inspect.isfunction(one) and one.__module__.startswith(("app.services", "app.store"))
    return (
        ours
        and "action" in inspect.signature(one).parameters
        and "AuditEntry(" in (inspect.getsource(one))
    )


def _values(node: ast.expr, names: dict[str, Any]) -> list[str] | None:
    """The actions that an expression may be; None for one that only its function knows."""
    match node:
        case ast.Constant(value=str(said)):
            return [said]
        case ast.IfExp():
            both = _values(node.body, names), _values(node.orelse, names)
            return None if None in both else [*(both[0] or ()), *(both[1] or ())]
        case ast.Subscript():
            held = _known(node.value, names)
            return list(held.values()) if isinstance(held, dict) else None
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Attribute(attr="value")):
            held, kinds = _known(left, names), names.get("Step")  # one of an enum's members
            return [held + one.value for one in kinds] if kinds and held else None
        case ast.Name() | ast.Attribute():
            held = _known(node, names)
            return [held] if isinstance(held, str) else None
    return None


def _known(node: ast.expr, names: dict[str, Any]) -> Any:
    try:
        return eval(ast.unparse(node), {**names})  # noqa: S307  our own source
    except (NameError, AttributeError):
        return None


def _actions_of(tree: ast.Module, names: dict[str, Any]) -> Iterator[tuple[int, list[str] | None]]:
    """(line, actions) of every place that names an action: AuditEntry(action=…), and calls of the
    module's functions that take one as `action`."""
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    takes = {
        one.name: [each.arg for each in (*one.args.posonlyargs, *one.args.args)].index("action")
        for one in functions
        if any(each.arg == "action" for each in one.args.args)
    }
    for name, one in names.items():  # imported from another module
        if name not in takes and _takes_action(one):
            takes[name] = list(inspect.signature(one).parameters).index("action")
    for function in functions:
        own = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
        for call in ast.walk(function):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            said = [each.value for each in call.keywords if each.arg == "action"]
            if not said and name in takes and len(call.args) > takes[name]:
                said = [call.args[takes[name]]]
            for one in said if name in takes or name == "AuditEntry" else ():
                if isinstance(one, ast.Name) and one.id in own:
                    continue  # its callers say it
                yield one.lineno, _values(one, names) or _assigned(function, one, names)


def _assigned(function: ast.FunctionDef, node: ast.expr, names: dict[str, Any]) -> list[str] | None:
    """What a name of the function was given in it."""
    found: list[str] = []
    for one in ast.walk(function):
        targets = one.targets if isinstance(one, ast.Assign) else []
        given = {at: None for each in targets for at in [ast.unparse(each)]}
        if isinstance(node, ast.Name) and isinstance(one, ast.Assign):
            if node.id in given:
                found += _values(one.value, names) or []
            elif f"({node.id}, " in "".join(given) and isinstance(one.value, ast.Tuple):
                found += _values(one.value.elts[0], names) or []
    return found or None


def _written_in_sql(tree: ast.Module, names: dict[str, Any]) -> Iterator[str]:
    """Actions within INSERT INTO audit: named by a constant, or in quotes after the person."""
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr | ast.Constant) and "INSERT INTO audit" in ast.unparse(
            one
        ):
            said = ast.unparse(one)
            inside = one.values if isinstance(one, ast.JoinedStr) else []
            for each in inside:
                if isinstance(each, ast.FormattedValue):
                    yield from _values(each.value, names) or []
            for piece in said.split("'")[1::2]:
                if piece.replace(" ", "").isalpha() and " " in piece:
                    yield piece


def _words(web: Flask) -> dict[str, str]:
    with web.test_request_context():
        return action_words()


def test_every_action_in_use_has_words(web: Flask) -> None:
    words = _words(web)
    missing: dict[str, str] = {}
    seen = 0
    for name, tree, names in _modules():
        for line, actions in _actions_of(tree, names):
            assert actions, f"{name}:{line} says its action in a way that this test cannot read"
            missing |= {one: f"{name}:{line}" for one in actions if one not in words}
            seen += len(actions)
        missing |= {one: name for one in _written_in_sql(tree, names) if one not in words}
    assert seen > 50
    assert not missing, f"say them in app/web/audit_words.py: {missing}"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET user_id = NULL",
        "UPDATE audit SET details = '{}' WHERE false",
        "DELETE FROM audit WHERE id = 1",
        "TRUNCATE audit",
    ],
)
def test_nobody_changes_the_log(sessions: Sessions, change: str) -> None:
    _entries(sessions, 1)
    with (
        sessions() as session,
        pytest.raises(DBAPIError, match="the audit log is only ever added to"),
    ):
        session.execute(text(change))
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM audit")) == 1


def _entries(sessions: Sessions, count: int, **facts: Any) -> None:
    with sessions.begin() as session:
        for number in range(1, count + 1):
            plain = {"at": NOON - timedelta(minutes=number // 3), "action": "voter opened"}
            session.add(AuditEntry(**{**plain, "subject": f"voter:{number}", **facts}))


def test_pages_go_on_without_a_gap_or_a_double(sessions: Sessions, sign_in: SignIn) -> None:
    _entries(sessions, 120)  # three at each instant
    admin, address, seen = sign_in("admin"), "/audit?kind=&action=voter+opened", list[str]()
    while address:
        page = admin.get(address).text
        seen += [each.partition('"')[0] for each in page.split('href="/voters/')[1:]]
        after = page.partition('rel="next" href="')[2].partition('"')[0]
        address = after.replace("&amp;", "&")
    assert sorted(map(int, seen)) == list(range(1, 121))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("person=1", {"3"}),
        ("action=exported", {"4"}),
        ("kind=voter&number=2", {"2"}),
        ("kind=import&number=5", {"5"}),
        ("first=2026-10-29&last=2026-10-29", {"1", "2", "3", "4", "5"}),
        ("last=2026-10-28", {"6"}),
        ("first=2026-10-30", set()),
        ("first=soon&person=me&after=yesterday", {"1", "2", "3", "4", "5", "6"}),
    ],
)
def test_entries_are_found_by_who_what_to_what_and_when(
    sessions: Sessions, sign_in: SignIn, asked: str, found: set[str]
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    admin = sign_in("admin")
    _entries(sessions, 2)
    others: list[tuple[str, dict[str, Any]]] = [
        ("voter:3", {"user_id": 1}),
        ("export:4", {"action": "exported"}),
        ("import 5", {"action": "imported"}),
        ("blast:6", {"action": "blast added", "at": NOON - timedelta(days=1)}),
    ]
    for subject, facts in others:
        _entries(sessions, 1, subject=subject, **facts)
    page = admin.get(f"/audit?{asked}").text.partition('class="entries"')[2]
    shown = set(re.findall(r"(?:Voter|Export|Import|Blast) (\d)", page))
    assert shown == found


def test_an_organizer_sees_entries_on_accounts_that_concern_their_campaign(
    sessions: Sessions, sign_in: SignIn
) -> None:
    """Their own account, people of their campaign, and what was done for the campaign; admins see
    all."""
    with sessions.begin() as session:
        mine, others = (
            factories.campaign(session, name=name).id for name in ("Eastside", "Westside")
        )
    organizer = sign_in("organizer", campaign_id=mine)
    people = [
        factories.person(sessions, "volunteer", of, name)
        for of, name in ((mine, "Ana of mine"), (others, "Ben of theirs"), (others, "Cleo drives"))
    ]
    for one, details in zip(people, ({}, {}, {"campaign": mine}), strict=True):
        _entries(sessions, 1, subject=f"user:{one.id}", action="role changed", details=details)
    _entries(sessions, 1)

    def seen(page: str) -> set[str]:
        entries = page.partition('class="entries"')[2]
        return {one.name for one in people if one.name in entries}

    page = organizer.get("/audit").text
    assert seen(page) == {"Ana of mine", "Cleo drives"}
    assert "· Opened a voter’s page" in page
    taken = organizer.post("/audit/download").text
    assert f"user:{people[0].id}," in taken
    assert f"user:{people[1].id}," not in taken
    assert seen(organizer.get(f"/audit?kind=user&number={people[1].id}").text) == set()
    assert seen(sign_in("admin").get("/audit").text) == {one.name for one in people}


def test_an_organizer_of_no_campaign_sees_their_own_account_alone(
    sessions: Sessions, sign_in: SignIn
) -> None:
    organizer = sign_in("organizer", name="Olga herself")
    other = factories.person(sessions, "volunteer", None, "Ben")
    for number in (1, other.id):
        _entries(sessions, 1, subject=f"user:{number}", action="role changed")
    page = organizer.get("/audit").text.partition('class="entries"')[2]
    assert page.count("Changed somebody’s role") == 1
    assert "Olga herself" in page


def _facts(page: str) -> dict[str, str]:
    """Labels and values of the newest entry."""
    entry = page.partition('class="entries"')[2].partition("</li>")[0]
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", entry))


def test_words_of_people_and_addresses_are_not_told(sessions: Sessions, sign_in: SignIn) -> None:
    details = {"words": "leave me alone", "address": "+19195550001", "channel": "text"}
    private = {"name": "Luz Voter", "reason": "she is in hospital", "note": "hung up on Ana"}
    private["precinct"] = "Lincoln School"
    _entries(sessions, 1, action="opted out", details=details | private)
    page = sign_in("admin").get("/audit").text
    assert _facts(page) == {"channel": "texts"}
    for words in ("leave me", "5550001", "Luz", "hospital", "hung up", "Lincoln"):
        assert words not in page


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {
                "subject": "campaign:1",
                "action": "settings changed",
                "details": {
                    "before": {"budget": "20000", "reserve_share": "0.4", "unheard_of": "1"},
                    "after": {"budget": "750.5", "reserve_share": "0.3", "unheard_of": "2"},
                },
            },
            {"budget": "$20,000 → $750.50", "reserve": "40 % → 30 %", "changed": "unheard of"},
        ),
        (
            {
                "subject": "shift:4",
                "details": {
                    "campaign": 1,
                    "person": 1,
                    "starts_at": "2026-10-29T21:00:00+00:00",
                    "kind": "toll_free",
                    "people": 1200,
                },
            },
            {
                "campaign": "Eastside calls",
                "account": "Test Person",
                "begins": "Thu, Oct 29, 5 pm",
                "kind": "toll free",
                "people": "1,200",
            },
        ),
        (
            {
                "subject": "user:1",
                "action": "role changed",
                "details": {"from": "volunteer", "to": "team_lead"},
            },
            {"from": "Volunteer", "to": "Team lead"},
        ),
        (
            {
                "subject": "campaign:1",
                "action": "campaign begun",
                "details": {"passed_over": {"rehearsal": "we <b>did</b> it"}},
            },
            {"passed over: rehearsal": "we &lt;b&gt;did&lt;/b&gt; it"},
        ),
        (
            {
                "subject": "sheet:3",
                "details": {"kind": "calls", "lines": 24, "result": "left_message"},
            },
            {"kind": "call sheet", "lines": "24", "result": "Left message"},
        ),
        (
            {"subject": "blast:3", "details": {"name": "Last call", "universe": ["odd", {}, 3]}},
            {"name": "Last call", "universe": "odd, 3"},
        ),
    ],
    ids=["settings", "shift", "role", "begun", "sheet", "lists"],
)
def test_details_are_told_in_words(
    sessions: Sessions, sign_in: SignIn, facts: dict[str, Any], said: dict[str, str]
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    admin = sign_in("admin", name="Test Person")
    _entries(sessions, 1, **facts)
    assert _facts(admin.get("/audit").text) == said


def test_the_log_is_taken_away_and_that_is_noted(sessions: Sessions, sign_in: SignIn) -> None:
    admin = sign_in("admin", name="=Admin")
    _entries(sessions, 2, user_id=1)
    answer = admin.post("/audit/download", data={"person": "1", "action": "voter opened"})
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert len(lines) == 3
    assert "'=Admin" in lines[1]
    assert "Downloaded a part of the audit log" in admin.get("/audit").text


def test_an_empty_log_says_what_will_be_in_it(sign_in: SignIn) -> None:
    page = sign_in("organizer").get("/audit?first=2020-01-01&last=2020-01-02").text
    assert "No entry like this" in page
