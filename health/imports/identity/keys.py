"""What ids and names look like without what sources write differently, as SQL."""

from __future__ import annotations

from typing import Final

_LEGAL_FORMS: Final = (
    "gmbh|mbh|ag|se|kg|kgaa|ohg|gbr|ug|ev|e v|co|company|inc|incorporated|corp|corporation|llc|llp"
    "|lp|ltd|limited|plc|bv|b v|nv|n v|sa|s a|sas|s a s|sarl|s a r l|spa|s p a|srl|s r l|sl|s l"
    "|oy|oyj|ab|as|a s|asa|aps|kk|k k|pty|pte|sp z o o|gesellschaft|holding|group|the"
)

# Quotation marks and apostrophes of all kinds; hyphens, dashes and the minus sign.
_QUOTES: Final = "''\"`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2212"


def id_key(text: str) -> str:
    """SQL of an id without case, quotes, kinds of dashes, leading zeros and a trailing ``.0``.

    A Salesforce id of 18 characters is the one of 15 it was made from.
    """
    plain = f"regexp_replace({text}, '[{_QUOTES}\\s]', '', 'g')"
    plain = f"regexp_replace({plain}, '[{_DASHES}]', '-', 'g')"
    plain = f"regexp_replace({plain}, '\\.0+$', '')"
    plain = f"regexp_replace(lower({plain}), '^0+(.)', '\\1')"
    return f"""CASE WHEN regexp_full_match({text}, '[0-9][0-9A-Za-z]{{14}}[A-Z0-5]{{3}}')
        THEN regexp_replace(left(lower({text}), 15), '^0+(.)', '\\1') ELSE {plain} END"""


def name_key(text: str) -> str:
    """SQL of a name without case, accents, spacing, punctuation and legal forms; null if empty."""
    plain = f"replace(lower(strip_accents({text})), 'ß', 'ss')"
    plain = f"trim(regexp_replace({plain}, '[^\\pL\\pN]+', ' ', 'g'))"
    short = f"regexp_replace({plain}, '( ({_LEGAL_FORMS}))+$', '')"
    return f"nullif(replace({short}, ' ', ''), '')"
