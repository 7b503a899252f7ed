"""Mails: words with light Markdown, as a readable text and as a plain page of HTML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.domain.language import direction
from app.domain.tables import table

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link may lead."""
_MEANING = re.compile(r"([\\`*_\[\]<>]|&(?=#?\w+;)|^#)")
_BARE_LINK = re.compile(r"https?://[^\s<>\"“”']*[^\s<>\"“”'.,;:!?)]")
_LEFT_OUT = ("image", "html_block", "html_inline", "code", "fence", "lheading", "reference")
"""Rules that are off: pictures, raw HTML, and what makes more of a line than its writer meant."""


@dataclass(frozen=True)
class Letterhead:
    """Who writes, as it stands above and below each mail."""

    organization: str
    postal_address: str = ""
    says_who_pays: bool = False  # the law wants it said


def plain(fact: str) -> str:
    """A fact, such as a name, as it is written into Markdown without meaning anything there."""
    return _MEANING.sub(r"\\\1", fact)


def unsubscribe_word(language: str) -> str:
    """What the link says by which somebody unsubscribes."""
    return _said(language)[1]


def who_pays(body: str, letterhead: Letterhead, language: str) -> str:
    """“Paid for by …”, where it has to be said and the words do not; else empty."""
    paid = _said(language)[0]
    if not letterhead.says_who_pays or not letterhead.organization or paid.lower() in body.lower():
        return ""
    return f"{paid} {letterhead.organization}."


def text_of(body: str, letterhead: Letterhead | None = None, language: str = "en") -> str:
    """The words as a text: without signs, links with their addresses; below it who pays and where
    they are, if there is a letterhead."""
    lines = _Lines()
    for token in _tokens(body):
        lines.take(token)
    ends = []
    if letterhead is not None:
        ends = [who_pays(body, letterhead, language), letterhead.postal_address.strip()]
    return "\n\n".join([lines.whole(), *(one for one in ends if one)])


def body_html(body: str) -> str:
    """The words as HTML, without the page around them; nothing of it is HTML of the writer's."""
    reader = _reader()
    return str(reader.renderer.render(_tokens(body), reader.options, {}))


def page_html(
    subject: str, body: str, letterhead: Letterhead, *, language: str, unsubscribe_url: str
) -> str:
    """The whole page of a mail. It sets no color but those the reader's program has, so that it can
    be read in the dark too, and holds one narrow column, so that it can be read on a phone."""
    _, unsubscribe, why = _said(language)
    ends = [escape(who_pays(body, letterhead, language))]
    ends += ["<br>".join(map(escape, letterhead.postal_address.strip().splitlines()))]
    if unsubscribe_url:
        link = f'<a href="{escape(unsubscribe_url)}">{escape(unsubscribe)}</a>'
        ends += [f"{escape(why)} {link}"]
    foot = "".join(f"<p>{one}</p>\n" for one in ends if one)
    return (
        f'<!doctype html>\n<html lang="{escape(language or "en")}" dir="{direction(language)}">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(subject)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<div class="page">\n<p class="head"><b>{escape(letterhead.organization)}</b></p>\n'
        f'{body_html(body)}<div class="foot">\n{foot}</div>\n</div>\n</body>\n</html>\n'
    )


_STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "body{margin:0;padding:0;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,"
    "sans-serif;font-size:16px;line-height:1.5}"
    ".page{max-width:600px;margin:0 auto;padding:24px 16px;overflow-wrap:anywhere}"
    ".head{margin:0 0 16px;padding:0 0 8px;border-bottom:1px solid}"
    "h1,h2,h3,h4,h5,h6{font-size:20px;line-height:1.3;margin:24px 0 8px}"
    "p,ul,ol,blockquote{margin:0 0 16px}ul,ol{padding-left:24px}li p{margin:0}"
    "blockquote{padding-left:12px;border-left:3px solid}blockquote p{margin:0}"
    "a{text-decoration:underline}"
    ".foot{margin-top:24px;padding-top:12px;border-top:1px solid;font-size:14px}"
    ".foot p{margin:0 0 8px}.foot a{display:inline-block;padding:14px 0}"
)


def _said(language: str) -> tuple[str, str, str]:
    """Paid for by, Unsubscribe, and why they get it; in English where we have no words."""
    return _words().get(language) or _words()["en"]


@cache
def _words() -> Mapping[str, tuple[str, str, str]]:
    return {
        row["language"]: (row["paid_for_by"], row["unsubscribe"], row["why"])
        for row in table("mail_words")
    }


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(list(_LEFT_OUT))
    reader.validateLink = _may_lead  # type: ignore[method-assign]
    reader.add_render_rule("text", _with_links)
    return reader


@lru_cache(maxsize=8)
def _tokens(body: str) -> Sequence[Token]:
    """The words as they are read: each mail is written twice, as a text and as a page."""
    return _reader().parse(body)


def _may_lead(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in SCHEMES and bool(parts.netloc or parts.path)


def _with_links(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: object, _env: object
) -> str:
    """Words in which an address that stands alone is a link."""
    words = tokens[at].content
    if any(one.type == "link_open" for one in tokens[max(at - 1, 0) : at]):
        return escape(words)
    told, end = [], 0
    for found in _BARE_LINK.finditer(words):
        url = escape(found[0])
        told.append(f'{escape(words[end : found.start()])}<a href="{url}">{url}</a>')
        end = found.end()
    return "".join([*told, escape(words[end:])])


class _Lines:
    """Blocks of lines, as tokens add them."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._lists: list[int | None] = []  # the number of the next item; None: a dash
        self._marker = ""  # of the item that has just begun
        self._quotes = 0
        self._joined = False  # the next block follows without an empty line

    def take(self, token: Token) -> None:
        """Add what a token of a block says."""
        if token.type == "bullet_list_open":
            self._lists.append(None)
        elif token.type == "ordered_list_open":
            self._lists.append(int(token.attrs.get("start", 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            self._joined = False
        elif token.type == "list_item_open":
            self._begin_item()
        elif token.type in ("blockquote_open", "blockquote_close"):
            self._quotes += 1 if token.nesting > 0 else -1
        elif token.type == "hr":
            self._add("---")
        elif token.type == "inline":
            self._add(_inline(token.children or []))

    def whole(self) -> str:
        """All of it."""
        return "".join(self._blocks).strip("\n")

    def _begin_item(self) -> None:
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _add(self, words: str) -> None:
        room = "  " * max(len(self._lists) - 1, 0)
        first = room + self._marker
        rest = room + ("  " if self._lists else "")
        begin, *others = words.split("\n")
        lines = [(first if self._marker else rest) + begin, *(rest + one for one in others)]
        if self._quotes:
            lines = [f"{'> ' * self._quotes}{one}" for one in lines]
        gap = "" if not self._blocks else "\n" if self._joined and self._marker else "\n\n"
        self._blocks.append(gap + "\n".join(lines))
        self._joined, self._marker = bool(self._lists), ""


def _inline(tokens: Sequence[Token]) -> str:
    said: list[str] = []
    links: list[tuple[str, int]] = []  # where a link leads, and where its words begin
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            said.append("\n")
        elif token.type == "link_open":
            links.append((str(token.attrs.get("href", "")), len(said)))
        elif token.type == "link_close":
            url, begin = links.pop()
            shown = url.removeprefix("mailto:")
            if "".join(said[begin:]) not in (url, shown):
                said.append(f" ({shown})")
        elif token.type in ("text", "code_inline"):
            said.append(token.content)
    return "".join(said)
