"""Mails: what is written reads well as a text and as a page, and nothing else gets into either."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.mail_html import SCHEMES, Letterhead, body_html, page_html, plain, text_of, who_pays

OURS = Letterhead("Rivera for Council", "1 Main St\nTown", says_who_pays=True)
URL = "https://vote.example.org/unsubscribe/x?a=1&b=2"


@pytest.mark.parametrize(
    ("written", "text", "html"),
    [
        ("One\ntwo\n\nthree", "One\ntwo\n\nthree", "<p>One<br />\ntwo</p>\n<p>three</p>"),
        ("**Go** *now*", "Go now", "<p><strong>Go</strong> <em>now</em></p>"),
        ("# Polls\n\nopen", "Polls\n\nopen", "<h1>Polls</h1>\n<p>open</p>"),
        ("- an ID\n- a friend", "- an ID\n- a friend", "<li>a friend</li>"),
        ("3. c\n4. d", "3. c\n4. d", '<ol start="3">'),
        ("> said", "> said", "<blockquote>"),
        (
            "See [the list](https://example.org/a_b?c=1&d=2).",
            "See the list (https://example.org/a_b?c=1&d=2).",
            '<a href="https://example.org/a_b?c=1&amp;d=2">the list</a>',
        ),
        ("<https://a.example>", "https://a.example", '<a href="https://a.example">'),
        ("at https://a.example/x_y_z.", "at https://a.example/x_y_z.", "/x_y_z</a>."),
        ("[us](mailto:a@b.example)", "us (a@b.example)", '<a href="mailto:a@b.example">us</a>'),
        ("Three of 5 * 3", "Three of 5 * 3", "<p>Three of 5 * 3</p>"),
        ("    four spaces", "four spaces", "<p>four spaces</p>"),
        ("Paid\n---", "Paid\n\n---", "<hr />"),
    ],
)
def test_light_markdown_is_a_text_and_a_page(written: str, text: str, html: str) -> None:
    assert text_of(written) == text
    assert html in body_html(written)


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](//evil.example)",
        "![x](https://evil.example/pixel.png)",
        "<javascript:alert(1)>",
        "[x]: https://evil.example\n\n[x]",
    ],
)
def test_no_html_of_the_writer_s_no_pictures_and_no_strange_links(written: str) -> None:
    found = Tags.of(body_html(written))
    assert not {"script", "img"} & {tag for tag, _ in found}
    assert all(urlsplit(href).scheme in SCHEMES for _, href in found if href)


class Tags(HTMLParser):
    """The tags of a page, with where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        self.found.append((tag, next((said or "" for name, said in attrs if name == "href"), "")))

    @classmethod
    def of(cls, html: str) -> list[tuple[str, str]]:
        """The tags in it."""
        reader = cls()
        reader.feed(html)
        return reader.found


HARMLESS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "hr", "blockquote", "code"}
HARMLESS |= {f"h{level}" for level in range(1, 7)}
signs = st.text(alphabet=st.sampled_from("ab1 *_[]()<>!`#&;:/.-\\\"'\n{}|~htps"), max_size=60)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(signs)
def test_whatever_is_written_only_harmless_tags_come_out(written: str) -> None:
    found = Tags.of(body_html(written))
    assert {tag for tag, _ in found} <= HARMLESS
    assert all(urlsplit(href).scheme in SCHEMES for _, href in found if href)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(alphabet=st.sampled_from("Aab_*[]()<>`&#;!\\'-. é"), min_size=1, max_size=20))
def test_a_name_means_nothing_whatever_signs_it_has(name: str) -> None:
    name = f"x{' '.join(name.split())}x"
    assert text_of(f"Hi {plain(name)}, go!") == f"Hi {name}, go!"


def test_the_page_says_who_writes_who_pays_where_they_are_and_how_to_leave() -> None:
    page = page_html("Vote <now>", "Go!", OURS, language="es", unsubscribe_url=URL)
    assert '<html lang="es" dir="ltr">' in page
    assert "<title>Vote &lt;now&gt;</title>" in page
    assert "<b>Rivera for Council</b>" in page
    assert "Pagado por Rivera for Council." in page
    assert "1 Main St<br>Town" in page
    assert f'<a href="{URL.replace("&", "&amp;")}">Cancelar suscripción</a>' in page
    assert "color-scheme" in page
    assert "src=" not in page, "nothing is fetched when it is read"


@pytest.mark.parametrize(
    ("language", "way", "says"),
    [("vi", "ltr", "Hủy đăng ký"), ("ar", "rtl", "إلغاء الاشتراك"), ("am", "ltr", "Unsubscribe")],
)
def test_the_page_is_written_in_its_language_and_in_its_direction(
    language: str, way: str, says: str
) -> None:
    page = page_html("x", "y", OURS, language=language, unsubscribe_url=URL)
    assert f'<html lang="{language}" dir="{way}">' in page
    assert f">{says}</a>" in page


def test_who_pays_is_said_once_and_only_where_it_must_be() -> None:
    assert who_pays("Go!", OURS, "en") == "Paid for by Rivera for Council."
    assert who_pays("Go! PAID FOR BY us", OURS, "en") == ""
    assert who_pays("Go!", Letterhead("Rivera"), "en") == ""
    assert text_of("Go!", OURS) == "Go!\n\nPaid for by Rivera for Council.\n\n1 Main St\nTown"
