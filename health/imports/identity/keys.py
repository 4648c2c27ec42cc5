"""What ids and names look like without what sources write differently, as SQL."""

from __future__ import annotations

from typing import Final

_LEGAL_FORMS: Final = (
    "gmbh|mbh|gesellschaft|haftungsbeschrankt|ug|ag|se|kg|kgaa|ohg|gbr|ev|e v|eg|co|company|inc"
    "|incorporated|corp|corporation|llc|llp|lp|ltd|limited|plc|pty|pte|pvt|sdn|bhd|bv|b v|nv|n v"
    "|bvba|vof|sa|s a|sas|s a s|sarl|s a r l|spa|s p a|srl|s r l|sl|s l|slu|oy|oyj|ab|as|a s|asa"
    "|aps|hf|kk|k k|spzoo|sp zoo|sp z oo|sp z o o|sro|doo|dd|kft|zrt|jsc|ooo|oao|ltda|eireli"
    "|sa de cv|sab de cv|s de rl de cv"
)
_QUOTES: Final = "[\\s\"''`\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033\uff07]"
_WRITTEN_OUT: Final = {"ä": "ae", "ö": "oe", "ü": "ue"}
_DASHES: Final = "[\u2010-\u2015\u2212\ufe63\uff0d]"


def id_key(text: str) -> str:
    """SQL of an id without case, quotes, kinds of dashes, leading zeros and a trailing ``.0``.

    A Salesforce id of 18 characters is the one of 15 it was made from; of these 15 the case
    counts, as each way of writing them is a record of its own.
    """
    plain = f"regexp_replace({text}, '{_QUOTES}', '', 'g')"
    plain = f"regexp_replace({plain}, '{_DASHES}', '-', 'g')"
    plain = f"regexp_replace({plain}, '\\.0+$', '')"
    plain = f"regexp_replace(lower({plain}), '^0+([0-9a-z])', '\\1')"
    first = f"left({text}, 15)"
    return f"""CASE WHEN regexp_full_match({text}, '[0-9][0-9A-Za-z]{{14}}([A-Z0-5]{{3}})?')
            AND {first} <> lower({first}) AND {first} <> upper({first}) THEN {first}
        ELSE {plain} END"""


def name_key(text: str) -> str:
    """SQL of a name without case, accents, spacing, punctuation and legal forms; null if empty."""
    plain = f"replace(strip_accents(lower({text})), 'ß', 'ss')"
    plain = f"regexp_replace({plain}, '[.''`\u2019\u00b4]', '', 'g')"
    plain = f"trim(regexp_replace({plain}, '[^\\pL\\pM\\pN]+', ' ', 'g'))"
    plain = f"regexp_replace({plain}, ' (and|und|et) ', ' ', 'g')"
    short = f"regexp_replace({plain}, '^(.+?)( ({_LEGAL_FORMS}))+$', '\\1')"
    return f"nullif(replace({short}, ' ', ''), '')"


def name_keys(text: str) -> str:
    """SQL of the keys of a name, its own and that of “Mueller” for “Müller”; null for no second."""
    written_out = f"lower(nfc_normalize({text}))"
    for letter, letters in _WRITTEN_OUT.items():
        written_out = f"replace({written_out}, '{letter}', '{letters}')"
    return f"""[{name_key(text)}, CASE WHEN regexp_matches({text}, '[äöüÄÖÜ\u0308]')
        THEN {name_key(written_out)} END]"""
