"""Where customers are, what they pay in, and in whose language their names sound."""

from __future__ import annotations

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
