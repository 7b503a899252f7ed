"""Signs outside the alphabet of a text, which double its price, and plain ones in their place."""

from collections.abc import Mapping
from unicodedata import category, normalize

from app.domain.segment import GSM_7

PLAIN: Mapping[str, str] = {
    **dict.fromkeys("’‘‚‛´`′", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("–—‒―−‐‑", "-"),
    "…": "...",
    **dict.fromkeys("•·●", "-"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\ufe0f", ""),
    "™": "(TM)",
    "\t": " ",
}
"""What word processors and phones write by themselves, and what it stands for."""


def odd_signs(body: str) -> list[str]:
    """The signs that force UCS-2 upon a text, each once, in their order."""
    return list(dict.fromkeys(sign for sign in body if sign not in GSM_7))


FOLDED = frozenset({"en", "es"})
"""Languages that are read as well without the accents that the alphabet of a text lacks."""


def plain_sign(sign: str, language: str = "en") -> str | None:
    """What may stand for a sign within the alphabet of a text; None where nothing can. A letter
    stays as it is in a language in which it would be another without its mark."""
    if sign in PLAIN:
        return PLAIN[sign]
    if language not in FOLDED:
        return None
    bare = "".join(one for one in normalize("NFKD", sign) if category(one) != "Mn")
    return bare if bare and GSM_7.issuperset(bare) else None


def in_plain_signs(body: str, language: str = "en") -> str:
    """The text with plain signs wherever there are any."""
    return "".join(
        sign if sign in GSM_7 or (plain := plain_sign(sign, language)) is None else plain
        for sign in body
    )
