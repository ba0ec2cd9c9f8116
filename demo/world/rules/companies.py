"""Where customers are, what they pay in, and names of companies that do not exist but sound like there."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    name: str
    region: str  # AMER, EMEA, APAC
    zone: str
    locale: str
    currency: str
    # Keys of company_names.CULTURES and person_names.CULTURES.
    company_culture: str
    person_culture: str
    legal_forms: tuple[str, ...]
    weight: float
    capital: str


COUNTRIES: tuple[Country, ...] = (
    Country(
        "United States",
        "AMER",
        "America/New_York",
        "en",
        "USD",
        "english",
        "american",
        ("", "Inc.", "LLC"),
        22,
        "Washington",
    ),
    Country(
        "United States",
        "AMER",
        "America/Chicago",
        "en",
        "USD",
        "english",
        "american",
        ("", "Inc.", "Co."),
        9,
        "Washington",
    ),
    Country(
        "United States",
        "AMER",
        "America/Los_Angeles",
        "en",
        "USD",
        "english",
        "american",
        ("", "Inc."),
        14,
        "Washington",
    ),
    Country("Canada", "AMER", "America/Toronto", "en", "USD", "english", "american", ("", "Inc.", "Ltd."), 5, "Ottawa"),
    Country(
        "Brazil", "AMER", "America/Sao_Paulo", "pt", "USD", "iberian", "lusophone", ("S.A.", "Ltda."), 2.5, "Brasilia"
    ),
    Country("Mexico", "AMER", "America/Mexico_City", "es", "USD", "iberian", "hispanic", ("S.A.",), 1.5, "Mexico City"),
    Country(
        "United Kingdom", "EMEA", "Europe/London", "en", "GBP", "english", "british", ("", "Ltd", "plc"), 9, "London"
    ),
    Country("Ireland", "EMEA", "Europe/Dublin", "en", "EUR", "english", "british", ("", "Ltd"), 1.5, "Dublin"),
    Country("Germany", "EMEA", "Europe/Berlin", "de", "EUR", "german", "german", ("GmbH", "AG", "SE"), 8, "Berlin"),
    Country("Austria", "EMEA", "Europe/Vienna", "de", "EUR", "german", "german", ("GmbH",), 1.2, "Vienna"),
    Country("Switzerland", "EMEA", "Europe/Zurich", "de", "EUR", "german", "german", ("AG",), 1.6, "Bern"),
    Country("France", "EMEA", "Europe/Paris", "fr", "EUR", "french", "french", ("SAS", "SA"), 5, "Paris"),
    Country("Belgium", "EMEA", "Europe/Brussels", "fr", "EUR", "french", "french", ("SA",), 0.9, "Brussels"),
    Country("Netherlands", "EMEA", "Europe/Amsterdam", "nl", "EUR", "dutch", "dutch", ("B.V.", "N.V."), 3, "The Hague"),
    Country("Sweden", "EMEA", "Europe/Stockholm", "sv", "EUR", "nordic", "nordic", ("AB",), 1.8, "Stockholm"),
    Country("Denmark", "EMEA", "Europe/Copenhagen", "da", "EUR", "nordic", "nordic", ("A/S",), 1, "Copenhagen"),
    Country("Finland", "EMEA", "Europe/Helsinki", "fi", "EUR", "nordic", "nordic", ("Oy",), 1, "Helsinki"),
    Country("Spain", "EMEA", "Europe/Madrid", "es", "EUR", "iberian", "hispanic", ("S.A.", "S.L."), 2.2, "Madrid"),
    Country("Portugal", "EMEA", "Europe/Lisbon", "pt", "EUR", "iberian", "lusophone", ("S.A.", "Lda."), 0.8, "Lisbon"),
    Country("Italy", "EMEA", "Europe/Rome", "it", "EUR", "italian", "italian", ("S.p.A.", "S.r.l."), 2.2, "Rome"),
    Country("Poland", "EMEA", "Europe/Warsaw", "pl", "EUR", "slavic", "slavic", ("Sp. z o.o.", "S.A."), 1.6, "Warsaw"),
    Country("Czechia", "EMEA", "Europe/Prague", "cs", "EUR", "slavic", "slavic", ("a.s.", "s.r.o."), 0.9, "Prague"),
    Country("Israel", "EMEA", "Asia/Jerusalem", "en", "USD", "english", "levantine", ("Ltd.",), 1.2, "Jerusalem"),
    Country("Nigeria", "EMEA", "Africa/Lagos", "en", "USD", "english", "african", ("Ltd",), 0.8, "Abuja"),
    Country(
        "South Africa", "EMEA", "Africa/Johannesburg", "en", "USD", "english", "african", ("Pty Ltd",), 0.8, "Pretoria"
    ),
    Country("India", "APAC", "Asia/Kolkata", "en", "USD", "indian", "indian", ("Pvt. Ltd.", "Ltd."), 5, "New Delhi"),
    Country("Japan", "APAC", "Asia/Tokyo", "ja", "USD", "japanese", "japanese", ("K.K.", ""), 4, "Tokyo"),
    Country("South Korea", "APAC", "Asia/Seoul", "ko", "USD", "english", "korean", ("Co., Ltd.",), 1.8, "Seoul"),
    Country("Singapore", "APAC", "Asia/Singapore", "en", "USD", "english", "straits", ("Pte. Ltd.",), 1.8, "Singapore"),
    Country(
        "Australia", "APAC", "Australia/Sydney", "en", "USD", "english", "british", ("Pty Ltd", ""), 3.4, "Canberra"
    ),
    Country("New Zealand", "APAC", "Pacific/Auckland", "en", "USD", "english", "british", ("Ltd",), 0.7, "Wellington"),
)

# What one unit of a currency costs in US dollars, on average over the demo's years.
MIDDLE_RATES = {"EUR": 1.09, "GBP": 1.27}


INDUSTRIES: tuple[tuple[str, float], ...] = (
    ("Software", 17), ("Financial services", 13), ("Insurance", 6), ("Manufacturing", 13), ("Retail", 8),
    ("Health care", 8), ("Life sciences", 5), ("Telecommunications", 5), ("Energy", 5), ("Logistics", 6),
    ("Media", 5), ("Education", 5), ("Automotive", 4),
)  # fmt: skip
PUBLIC_SECTOR = "Public sector"


@dataclass(frozen=True, slots=True)
class Culture:
    """First and second parts of a name, what stands between them, and a word for each industry in turn."""

    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    words: tuple[str, ...]
    joint: str = ""


def _culture(firsts: str, seconds: str, words: str, joint: str = "") -> Culture:
    return Culture(tuple(firsts.split()), tuple(seconds.split()), tuple(words.split()), joint)


CULTURES = {
    "english": _culture(
        "Alder Amber Birch Brindle Calder Cinder Clover Copper Ember Fallow Fern Gannet Hallow Harrow Hazel Heron"
        " Hollow"
        " Juniper Kestrel Lark Linden Mallow Marsh Nettle Otter Pebble Plover Quill Raven Rook Sable Saffron Sedge"
        " Sorrel"
        " Tallow Tarn Thistle Umber Vesper Wren",
        "acre barrow bourne brook cott croft dale den fell field ford gate ham hurst ley mead mere moor ridge shaw"
        " stead"
        " stow thwaite ton vale wick wold worth",
        "Software Capital Mutual Works Stores Health Biosciences Networks Power Freight Studios Learning Motors",
    ),
    "german": _culture(
        "Ahorn Birken Dorn Eichen Erlen Falken Fichten Hasel Kiefern Kranich Lerchen Linden Mohn Nebel Quell Schilf"
        " Sonnen"
        " Tannen Ulmen Weiden",
        "au bach brück furt grund hain hof horst kamp mark moos rain ried tal weiler",
        "Systeme Finanz Versicherung Werke Handel Medizintechnik Pharma Netze Energie Logistik Verlag Akademie"
        " Fahrzeugbau",
    ),
    "french": _culture(
        "Aube Bel Bois Brume Chante Claire Fonte Grande Haute Jolie Longue Orme Roche Val Verte Vive",
        "brise champ clos combe fleur lande loup mare rive roc saule vent",
        "Logiciels Finance Assurances Industries Distribution Santé Biotech Télécom Énergie Transports Médias Formation"
        " Mobilité",
    ),
    "iberian": _culture(
        "Alba Arroyo Brisa Campo Costa Flor Lago Luna Monte Olivar Pinar Prado Roble Sierra Torre Vega",
        "Clara Alta Azul Dorada Fria Honda Larga Nova Norte Serena Viva Verde",
        "Sistemas Capital Seguros Industrial Comercial Salud Biociencias Redes Energía Cargo Medios Campus Motor",
        " ",
    ),
    "italian": _culture(
        "Acqua Alba Bel Borgo Campo Castel Corte Fonte Lago Monte Pietra Ponte Riva Rocca Torre Val",
        "chiara fiorita alta antica bianca dorata lieta lunga nova sera serena viva",
        "Sistemi Finanza Assicura Meccanica Mercati Salute Farma Reti Energia Trasporti Media Scuola Veicoli",
    ),
    "dutch": _culture(
        "Appel Berken Beuken Duin Eiken Elzen Haver Heide Kraan Linde Meer Molen Reiger Riet Veen Zand",
        "beek daal dijk donk hoek horst kade laan oord veld waard wijk zijl",
        "Software Kapitaal Verzekeringen Machines Winkels Zorg Biotech Netwerken Energie Transport Media Onderwijs"
        " Mobiel",
    ),
    "nordic": _culture(
        "Alm Björk Blå Ek Fjäll Furu Gran Hav Hägg Klint Lärk Norr Rönn Sol Storm Tall",
        "backa dal fors gård hamn holm kulle lund mark näs sjö strand sund vik ås",
        "Mjukvara Kapital Försäkring Verkstad Handel Vård Biolabb Tele Kraft Frakt Media Lärande Fordon",
    ),
    "slavic": _culture(
        "Biało Borowo Brzozo Czarno Dębo Grabo Jasno Klono Leśno Lipo Nowo Olszo Sosno Zielono Złoto",
        "bród brzeg dwór gród łąka las most pole potok rzecze staw wola",
        "Systemy Finanse Polisy Zakłady Handel Zdrowie Biotech Sieci Energia Spedycja Media Edukacja Pojazdy",
    ),
    "indian": _culture(
        "Amrit Anant Arun Chandra Gagan Indra Jyoti Kamal Kiran Megh Neel Padma Prithvi Sagar Surya Tara Uday Varun",
        "deep giri jal kshetra lok mani nidhi path prabha setu tara van vardhan",
        "Infosoft Capital Assurance Industries Bazaar Healthcare Lifesciences Telenet Urja Cargo Media Vidya Auto",
    ),
    "japanese": _culture(
        "Aki Asa Fuku Haru Hoshi Kita Kuro Matsu Minami Mori Nishi Shira Suzu Tomo Yuki",
        "bashi hama mine mori numa oka saki sawa shima tani ura waka",
        "Soft Finance Hoken Seisakusho Shoten Iryo Seiyaku Tsushin Denryoku Unyu Media Gakuen Jidosha",
    ),
}  # fmt: skip

LEGAL_FORMS = sorted({form for country in COUNTRIES for form in country.legal_forms if form}, key=len, reverse=True)
PUBLIC_NAMES = ("City of {}", "{} County", "{} Port Authority", "{} Water District", "{} State Records Office")


def company_name(*, country: Country, industry: str, dice: random.Random) -> str:
    """Return an invented name such as "Brindlewick Freight Ltd"."""
    culture = CULTURES[country.company_culture]
    stem = dice.choice(culture.firsts) + culture.joint + dice.choice(culture.seconds)
    if industry == PUBLIC_SECTOR:
        return dice.choice(PUBLIC_NAMES).format(stem)
    word = culture.words[[name for name, _ in INDUSTRIES].index(industry)]
    return f"{stem} {word} {dice.choice(country.legal_forms)}".strip()


def child_name(*, parent: str, country: Country, dice: random.Random) -> str:
    part = dice.choice((country.name, country.capital, "Labs", "Digital", "Services", "Platforms"))
    return f"{without_legal_form(parent)} {part}"


def without_legal_form(company: str) -> str:
    for form in LEGAL_FORMS:
        company = company.removesuffix(f" {form}")
    return company


def domain(company: str) -> str:
    """Return the company's domain, under .example, which by RFC 2606 never belongs to anybody."""
    return f"{plain(without_legal_form(company))}.example"


def plain(text: str) -> str:
    """Return `text` in small ASCII letters, words joined by hyphens: Fjällnäs Kraft AB becomes fjallnas-kraft-ab."""
    folded = text.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
