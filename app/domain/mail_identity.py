"""Whether receivers can tell that a domain's mail is its own: SPF, DKIM and DMARC, as read in DNS.

Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Standing = Literal["good", "missing", "weak", "unknown"]

SELECTORS = (
    *("default", "dkim", "mail", "smtp", "s1", "s2", "k1", "k2"),
    *("selector1", "selector2", "google", "mandrill", "pm", "mta"),
)
"""Names under which relays commonly publish their DKIM key (custom); the true one stands in each
signed mail as s=."""


@dataclass(frozen=True)
class Identity:
    """What the DNS says of a From domain, each part by itself."""

    spf: Standing
    dkim: Standing
    dmarc: Standing
    selector: str = ""  # under which a key was found

    @property
    def passed(self) -> bool | None:
        """False when something is missing, None when nothing is but something is not known."""
        parts = (self.spf, self.dkim, self.dmarc)
        if "missing" in parts:
            return False
        return None if "unknown" in parts else True


def identity(
    spf: Sequence[str] | None,
    dmarc: Sequence[str] | None,
    keys: Mapping[str, Sequence[str] | None],
    *,
    selector_known: bool,
) -> Identity:
    """Judges TXT records: of the domain, of _dmarc, and by selector of _domainkey.

    None stands for a question that got no answer. A key that was only guessed for and not found
    may stand under another name, so that is not known rather than missing.
    """
    found = next((name for name, texts in keys.items() if _tagged(texts, "p=")), "")
    if found:
        dkim: Standing = "good"
    else:
        sure = selector_known and all(texts is not None for texts in keys.values())
        dkim = "missing" if sure else "unknown"
    return Identity(_spf(spf), dkim, _dmarc(dmarc), found)


def _spf(texts: Sequence[str] | None) -> Standing:
    if texts is None:
        return "unknown"
    mine = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if len(mine) != 1:  # two are an error to receivers, as good as none (RFC 7208 4.5)
        return "missing"
    return "weak" if mine[0].lower().split()[-1] in ("+all", "all", "?all") else "good"


def _dmarc(texts: Sequence[str] | None) -> Standing:
    if texts is None:
        return "unknown"
    mine = [text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1")]
    if len(mine) != 1:
        return "missing"
    return "weak" if "p=none" in mine[0].lower().replace(" ", "") else "good"


def _tagged(texts: Sequence[str] | None, tag: str) -> bool:
    """Whether a record has a tag with something after it; an empty p= is a key taken back."""
    for text in texts or ():
        tags = [part.strip() for part in text.split(";")]
        if any(part.replace(" ", "").startswith(tag) and part.split("=", 1)[1] for part in tags):
            return True
    return False


def parents(domain: str) -> tuple[str, ...]:
    """The domain and those above it that may hold its DMARC record, down to two labels."""
    labels = domain.lower().strip(".").split(".")
    return tuple(".".join(labels[at:]) for at in range(max(len(labels) - 1, 1)))
