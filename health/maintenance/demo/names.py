"""Names of companies that do not exist: an invented place, a trade and a legal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Industry:
    """A line of business: its label, its trades, and whether people work at weekends.

    A trade belongs to one industry only, so that an invented place with a trade is one company.
    """

    label: str
    trades: tuple[str, ...]
    works_weekends: bool = False
    has_legal_form: bool = True


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """A language to make places of: any stem with any ending, and its legal forms."""

    stems: tuple[str, ...]
    endings: tuple[str, ...]
    legal_forms: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


INDUSTRIES: Final = (
    Industry(
        label="Banking",
        trades=_words(
            "Bank, Savings Bank, Private Bank, Credit Union, Capital, Merchant Bank, Trust, "
            "Mortgage Bank"
        ),
    ),
    Industry(
        label="Insurance",
        trades=_words(
            "Insurance, Assurance, Mutual, Reinsurance, Life, Casualty, Underwriting, Indemnity"
        ),
    ),
    Industry(
        label="Healthcare",
        trades=_words(
            "Health, Hospitals, Clinics, Care, Medical, Diagnostics, Health Services, "
            "Rehabilitation"
        ),
        works_weekends=True,
    ),
    Industry(
        label="Manufacturing",
        trades=_words(
            "Industries, Works, Engineering, Components, Machinery, Tooling, Steel, Castings"
        ),
    ),
    Industry(
        label="Energy",
        trades=_words("Energy, Power, Grid, Renewables, Gas, Wind, Hydro, Utilities"),
    ),
    Industry(
        label="Retail",
        trades=_words(
            "Stores, Markets, Retail, Furnishings, Outfitters, Foods, Trading, Department Stores"
        ),
        works_weekends=True,
    ),
    Industry(
        label="Public sector",
        trades=_words(
            "Transit Authority, Port Authority, Water Board, City Services, Housing Agency, "
            "Regional Council, School District, Parks Service"
        ),
        has_legal_form=False,
    ),
    Industry(
        label="Technology",
        trades=_words(
            "Software, Systems, Data, Cloud, Networks, Digital, Semiconductors, Robotics"
        ),
    ),
    Industry(
        label="Logistics",
        trades=_words(
            "Logistics, Freight, Shipping, Cargo, Transport, Warehousing, Forwarding, Lines"
        ),
        works_weekends=True,
    ),
    Industry(
        label="Pharma",
        trades=_words(
            "Pharma, Biologics, Therapeutics, Laboratories, Biotech, Life Sciences, Vaccines, "
            "Generics"
        ),
    ),
    Industry(
        label="Telecommunications",
        trades=_words(
            "Telecom, Mobile, Fibre, Communications, Broadband, Wireless, Connect, Satellite"
        ),
    ),
    Industry(
        label="Construction",
        trades=_words(
            "Construction, Builders, Infrastructure, Cement, Civil Works, Property, Bridges, Homes"
        ),
    ),
)

_TONGUES: Final = (
    Tongue(
        stems=_words(
            "Alder, Ash, Bram, Calder, Dun, Elms, Fen, Harrow, Kestrel, Lark, Marl, Oaken, Pem, "
            "Raven, Thorn, Wren"
        ),
        endings=_words(
            "brook, combe, croft, dale, gate, ham, hurst, leigh, mere, moor, ridge, stead, "
            "thwaite, ton, wick, worth"
        ),
        legal_forms=_words("plc, Ltd, Group, Holdings"),
    ),
    Tongue(
        stems=_words(
            "Aller, Birken, Dorn, Eichen, Falken, Grauen, Hagen, Kranich, Linden, Mühl, Raben, "
            "Rauten, Silber, Stein, Tannen, Wolken"
        ),
        endings=_words(
            "bach, berg, brück, burg, feld, grund, hain, heim, hof, mark, rode, see, stedt, tal, "
            "wald, werder"
        ),
        legal_forms=_words("AG, GmbH, SE, KG"),
    ),
    Tongue(
        stems=_words(
            "Asker, Björk, Elve, Fjell, Gran, Havn, Isbre, Lyng, Måse, Ravn, Skarv, Snø, Stor, "
            "Tind, Ulve, Vinter"
        ),
        endings=_words(
            "borg, bukt, dal, fors, holm, lund, mark, nes, ryd, strand, sund, torp, vang, vatn, "
            "vik, ås"
        ),
        legal_forms=_words("AB, AS, A/S, Oy"),
    ),
    Tongue(
        stems=_words(
            "Beau, Belle, Blanche, Chante, Claire, Douce, Fonte, Grande, Haute, Longue, Mire, "
            "Mont, Neuve, Petite, Rive, Verte"
        ),
        endings=_words(
            "bois, bourg, brune, champ, combe, court, croix, font, lande, lieu, lune, marais, "
            "mare, pierre, roche, val"
        ),
        legal_forms=_words("SA, SAS, SCA, Groupe"),
    ),
    Tongue(
        stems=_words(
            "Acqua, Bella, Borgo, Campo, Castel, Cima, Fiume, Monte, Pietra, Ponte, Porta, "
            "Rocca, Selva, Torre, Valle, Villa"
        ),
        endings=_words(
            "bruna, chiara, dolce, ferro, fiore, grana, lucente, marina, nera, quieta, rossa, "
            "secca, serena, stella, vecchia, vento"
        ),
        legal_forms=_words("S.p.A., S.r.l., Gruppo, Holding"),
    ),
    Tongue(
        stems=_words(
            "Alba, Arro, Cala, Cerro, Costa, Lagu, Llano, Mira, Olmo, Pena, Pinar, "
            "Puerto, Ribe, Sierra, Soto, Vega"
        ),
        endings=_words(
            "blanca, clara, dorada, flores, fría, honda, larga, leal, luz, mayor, norte, paz, "
            "real, rica, verde, viva"
        ),
        legal_forms=_words("S.A., S.L., Grupo, S.A.U."),
    ),
    Tongue(
        stems=_words(
            "Berken, Brem, Duin, Grutto, Haver, Klaver, Linde, Meeuwen, Molen, Oever, Polder, "
            "Riet, Schelp, Vlinder, Water, Wilgen"
        ),
        endings=_words(
            "beek, brug, dam, dijk, donk, gaard, horst, kamp, laar, oord, rak, veen, veld, "
            "zicht, zijde, zoom"
        ),
        legal_forms=_words("B.V., N.V., Groep, Holding"),
    ),
    Tongue(
        stems=_words(
            "Bela, Bor, Dąbro, Drze, Jano, Jawor, Kali, Kamie, Kras, Lipo, Modrze, Olsza, Orlo, "
            "Sosno, Topo, Wierz"
        ),
        endings=_words(
            "brzeg, czyn, góra, grad, kowo, lin, mierz, nica, now, police, rów, stok, wiec, "
            "wola, zyn, żary"
        ),
        legal_forms=_words("S.A., sp. z o.o., a.s., d.o.o."),
    ),
    Tongue(
        stems=_words(
            "Aki, Ama, Hana, Haru, Hoshi, Ike, Kaze, Kiri, Kusa, Mina, Mizu, Nami, Sora, Tani, "
            "Tsuki, Yuki"
        ),
        endings=_words(
            "bashi, gaoka, gasaki, gawa, hama, kura, michi, mori, mura, numa, sawa, shima, sugi, "
            "yama, zaka, zono"
        ),
        legal_forms=_words("K.K., Co., Corporation, Partners"),
    ),
    Tongue(
        stems=_words(
            "Ananta, Chandra, Deva, Indra, Jaya, Kamala, Lalita, Mani, Nila, Prabha, Rani, "
            "Shanti, Surya, Uday, Veda, Vijaya"
        ),
        endings=_words(
            "bagh, bhumi, dhara, gad, giri, kosh, kunj, loka, mala, path, pura, sagar, setu, "
            "tara, vana, wadi"
        ),
        legal_forms=_words("Ltd, Pvt Ltd, Limited, Group"),
    ),
)

PLACES: Final = sum(len(tongue.stems) * len(tongue.endings) for tongue in _TONGUES)
# Without a common factor with the number of places: every place comes once before one comes again.
_PLACE_STEP: Final = 1_567
_SEED_STEP: Final = 977


def company_name(number: int, seed: int, industry: Industry, legal_form: int) -> str:
    """The name of the ``number``-th client (from 1): unique up to 8 × ``PLACES`` clients.

    Args:
        number: which client.
        seed: moves the whole list of places along.
        industry: its line of business, which gives the trade.
        legal_form: any number from 0; the tongue has four forms.
    """
    turn, nth = divmod(number - 1, PLACES)
    place = (nth * _PLACE_STEP + seed * _SEED_STEP) % PLACES
    rest, tongue_index = divmod(place, len(_TONGUES))
    tongue = _TONGUES[tongue_index]
    ending, stem = divmod(rest, len(tongue.stems))
    # A place that comes again takes the next trade: two companies may share their place, but
    # never their place and their trade.
    trade = industry.trades[(place + turn) % len(industry.trades)]
    words = [tongue.stems[stem] + tongue.endings[ending], trade]
    if industry.has_legal_form:
        words.append(tongue.legal_forms[legal_form % len(tongue.legal_forms)])
    return " ".join(words)
