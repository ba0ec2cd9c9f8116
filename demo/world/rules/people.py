"""Who works at a customer: invented names, titles, GitLab roles, and who bought."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from demo.world.rules import chance
from demo.world.rules.companies import COUNTRIES, company_name, domain, plain
from demo.world.rules.customers import CSM_MANAGED, SAAS, SCALE, TECH_TOUCH, WEB_DIRECT, Reach, Traits


@dataclass(frozen=True, slots=True)
class Culture:
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]


def _culture(firsts: str, lasts: str) -> Culture:
    return Culture(tuple(firsts.split()), tuple(lasts.split()))


CULTURES = {
    "american": _culture(
        "Aaron Alicia Andre Bethany Caleb Carmen Darius Denise Elena Ethan Gloria Grant Hannah Isaac Jasmine Joel"
        " Keisha Kyle"
        " Laura Marcus Monica Nathan Olivia Omar Paige Rachel Reggie Sofia Tanya Trevor Vanessa Wesley Yolanda Zach",
        "Abbott Alvarez Barker Bishop Castillo Chambers Chen Coleman Delgado Dixon Fields Fletcher Garrett Greene"
        " Hubbard"
        " Jennings Kessler Lawson Marsh Mercado Nguyen Ortega Patel Pruitt Reyes Rhodes Sandoval Sharma Sutton Tran"
        " Vega"
        " Whitaker Yates Zimmer",
    ),
    "british": _culture(
        "Aisling Alistair Amelia Bronwen Callum Ciara Declan Eleanor Fergus Georgia Hamish Imogen Jack Kieran Lucy"
        " Maeve"
        " Niamh Oliver Philippa Rhys Rory Saoirse Tariq Una Zara",
        "Ashworth Baines Brennan Cartwright Doyle Fairclough Gallagher Hargreaves Iqbal Keating Lockwood MacLeod Nolan"
        " Ogilvie Pemberton Quinn Rafferty Sheridan Tattersall Underhill Walsh Whittaker",
    ),
    "german": _culture(
        "Anja Benedikt Birgit Carsten Dirk Elke Florian Greta Heike Ingo Jana Jonas Katrin Lars Lena Matthias Nadine"
        " Oliver"
        " Petra Ralf Sabine Stefan Tobias Ute Veronika Wolfgang",
        "Albrecht Baumann Brandt Dietrich Eberle Fuchs Gruber Hartmann Huber Jung Keller Lindner Maurer Neumann"
        " Pfeiffer"
        " Reinhardt Sauer Schuster Thiel Vogt Wegner Winkler Ziegler",
    ),
    "french": _culture(
        "Adrien Agathe Bastien Camille Claire Damien Élodie Fabien Gaëlle Hugo Inès Julien Karim Léa Manon Nadia"
        " Olivier"
        " Pauline Quentin Rémi Solène Théo Valérie Yann",
        "Aubert Barbier Chevalier Delorme Fabre Garnier Humbert Jacquet Lacroix Lemoine Marchand Noël Perrin Prévost"
        " Renaud Roussel Sauvage Tessier Vasseur Vidal",
    ),
    "hispanic": _culture(
        "Alejandra Andrés Beatriz Carlos Daniela Emilio Fernanda Gonzalo Inés Javier Lucía Manuel Marta Nuria Óscar"
        " Paloma"
        " Rafael Rocío Sergio Teresa Valeria",
        "Aguilar Benítez Cabrera Domínguez Escobar Fuentes Guerrero Herrera Ibáñez Lozano Medina Navarro Pacheco"
        " Quintero"
        " Rivas Salazar Trujillo Valdés Zamora",
    ),
    "lusophone": _culture(
        "Ana Bruno Caio Débora Eduardo Fabiana Gustavo Helena Inês João Larissa Mariana Nuno Otávio Patrícia Renata Rui"
        " Sílvia Tiago Vinícius",
        "Almeida Barros Cardoso Duarte Esteves Figueira Gonçalves Lacerda Macedo Neves Pinheiro Queiroz Ramalho Salgado"
        " Tavares Vasconcelos Xavier",
    ),
    "italian": _culture(
        "Alessia Bruno Chiara Davide Elisa Fabio Giulia Ilaria Lorenzo Marta Nicola Paola Riccardo Serena Tommaso"
        " Valentina",
        "Amato Barbieri Colombo D'Angelo Esposito Ferri Gallo Leone Marchetti Neri Orlandi Pellegrini Rinaldi Santoro"
        " Testa Villa",
    ),
    "dutch": _culture(
        "Anouk Bas Daan Eline Femke Gijs Hanneke Ilse Joris Koen Lotte Maarten Nienke Pieter Roos Sander Tess Wouter",
        "Bakker Dekker van-Dijk Evers Hendriks Jansma Kuipers Mulder Postma Roos Schipper Smit Timmer Verhoeven Vos"
        " Wolters",
    ),
    "nordic": _culture(
        "Aino Anders Astrid Bjørn Eero Elin Freja Gustav Henrik Ida Jari Kaisa Lars Linnea Mikkel Nils Oskar Pernille"
        " Sanna"
        " Signe Tove Ville",
        "Ahlström Bergqvist Dahl Ekman Forsberg Hagen Hedlund Jokinen Korhonen Lindqvist Lund Mäkelä Nyberg Olsen Rask"
        " Sandberg Thomsen Virtanen Wikström",
    ),
    "slavic": _culture(
        "Agnieszka Bartosz Dominika Filip Hana Jakub Kamila Lenka Łukasz Magda Marek Natalia Ondřej Paweł Radka Tomáš"
        " Weronika Zdeněk",
        "Adamski Baran Cerny Dvorak Gorski Havel Jelinek Kaminski Kolar Lis Maly Novotny Pawlak Sikora Urban Wrona"
        " Zelenka",
    ),
    "levantine": _culture(
        "Adi Amir Dana Eitan Hila Lior Maya Noa Omri Roni Shira Tal Uri Yael Yonatan",
        "Almog Barak Dayan Eldar Golan Harel Lavi Mizrahi Nir Oren Peled Sagi Tamir Zohar",
    ),
    "african": _culture(
        "Abena Adaeze Bongani Chidi Emeka Folake Ifeoma Kwame Lerato Nandi Ngozi Sibusiso Thabo Tunde Yetunde Zanele",
        "Abara Adeyemi Botha Dlamini Eze Khumalo Mabaso Naidoo Nwosu Obi Okafor Pillay Sithole van-Wyk",
    ),
    "indian": _culture(
        "Aditi Anjali Arjun Deepak Divya Farhan Gauri Harish Ishaan Kavya Lakshmi Manoj Meera Nikhil Pooja Rahul Rohan"
        " Sanjay"
        " Shreya Suresh Tanvi Vikram",
        "Agarwal Banerjee Bhatt Chaudhary Desai Ghosh Iyer Joshi Kapoor Kulkarni Menon Mishra Nair Pillai Rao Reddy"
        " Saxena"
        " Shetty Trivedi Verma",
    ),
    "japanese": _culture(
        "Akari Daichi Emi Haruka Hiroshi Kaito Kenji Mai Megumi Naoki Rina Ryota Sakura Shun Takumi Yui Yuto",
        "Abe Endo Fujita Goto Hayashi Imai Kimura Maeda Nakano Nomura Okada Sakai Shimizu Takeda Ueda Wada Yoshida",
    ),
    "korean": _culture(
        "Dohyun Eunji Hana Jihoon Jiwoo Minjun Seoyeon Sooyoung Taehyun Yejin Yuna",
        "Ahn Baek Cho Han Jang Kang Kim Lim Moon Park Seo Shin Yoon",
    ),
    "straits": _culture(
        "Aaron Bee-Ling Cheryl Darren Farah Grace Hui-Min Jun-Wei Kavitha Marcus Nurul Priya Shawn Wei-Ling Xin-Yi",
        "Abdullah Chua Goh Ho Koh Lau Lee Lim Ng Ong Rahman Sim Tan Teo Wong",
    ),
}


def person_name(*, culture: str, dice: random.Random) -> tuple[str, str]:
    names = CULTURES[culture]
    return dice.choice(names.firsts), dice.choice(names.lasts).replace("van-", "van ")


ADMIN, BILLING = "gitlab_admin", "billing_procurement"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at one customer. The same address at another customer is the same person."""

    first_name: str
    last_name: str
    title: str
    email: str
    locale: str
    zone: str
    roles: tuple[str, ...] = ()
    access: str = ""
    is_active: bool = True
    opted_out: tuple[str, ...] = ()
    is_sold_to: bool = False
    is_agent: bool = False  # of an agency that works for several customers
    has_address: bool = True  # else `email` is only what the address would be


HEADCOUNT = {TECH_TOUCH: (2, 5), SCALE: (4, 8), CSM_MANAGED: (8, 17)}
TITLES = {
    ADMIN: ("Platform engineer", "DevOps engineer", "Systems administrator", "Infrastructure lead", "Build engineer"),
    "executive_sponsor": ("VP Engineering", "CTO", "Chief Information Officer", "Director of Engineering"),
    "champion_influencer": ("Principal engineer", "Engineering manager", "Head of Platform", "Staff engineer"),
    "economic_buyer": ("Chief Financial Officer", "VP Finance", "Director of IT"),
    "security_lead": ("Security lead", "Application security engineer", "Head of Product Security"),
    "development_lead": ("Development lead", "Team lead", "Engineering manager"),
    "decision_maker": ("Director of Development", "Head of Software", "IT director"),
    BILLING: ("Procurement manager", "Purchasing specialist", "Accounts payable", "Vendor manager"),
    "": ("Software engineer", "Backend developer", "QA engineer", "Data engineer", "Release manager", "Scrum master",
         "Product owner", "Mobile developer", "Site reliability engineer"),
}  # fmt: skip
# How often somebody is known for a role beside GitLab Admin and the buyer.
ROLE_SHARES = {
    TECH_TOUCH: (("development_lead", 0.22), ("decision_maker", 0.18), (BILLING, 0.2)),
    SCALE: (
        ("champion_influencer", 0.55), ("development_lead", 0.5), ("security_lead", 0.3), ("decision_maker", 0.35),
        ("executive_sponsor", 0.2), (BILLING, 0.4),
    ),
    CSM_MANAGED: (
        ("executive_sponsor", 0.85), ("champion_influencer", 0.85), ("economic_buyer", 0.65), ("security_lead", 0.7),
        ("development_lead", 0.85), ("decision_maker", 0.7), (BILLING, 0.6),
    ),
}  # fmt: skip
ACCESS = (("developer", 58.0), ("maintainer", 20.0), ("reporter", 14.0), ("guest", 8.0))
AGENCIES = 9
NO_ADDRESS = 0.012


def roster(traits: Traits, *, seed: int, company: str) -> list[Contact]:
    dice = chance.dice(seed, "people", traits.number)
    slots = _slots(traits, dice)
    low, high = HEADCOUNT[traits.segment]
    slots += [()] * max(round(dice.triangular(low, high, low + 1)) - len(slots), 0)
    contacts = [_contact(traits, roles, company, dice) for roles in slots]
    contacts = _in_reach(traits, _with_own_addresses(contacts), dice)
    if traits.has_agency:
        roles = (ADMIN,) if traits.reach is Reach.SEVERAL_ADMINS or traits.number in {12, 13} else ()
        contacts.append(_agency_person(seed, traits.number // 2 % AGENCIES, roles))
    return contacts


# Return the roles of those who hold any, administrators first.
def _slots(traits: Traits, dice: random.Random) -> list[tuple[str, ...]]:
    admins: list[tuple[str, ...]] = [(ADMIN,)]
    if traits.reach in {Reach.SOLD_TO_ONLY, Reach.NOBODY}:
        admins = []
    elif traits.reach is Reach.SEVERAL_ADMINS:
        admins = [(ADMIN,)] * dice.choice((2, 2, 3))
    elif traits.reach is Reach.BILLING_ADMIN:
        admins = [(BILLING, ADMIN)]
    elif dice.random() < 0.12:
        admins = [("development_lead", ADMIN)]
    others = [(role,) for role, part in ROLE_SHARES[traits.segment] if dice.random() < part]
    return admins + others


def _contact(traits: Traits, roles: tuple[str, ...], company: str, dice: random.Random) -> Contact:
    first, last = person_name(culture=traits.country.person_culture, dice=dice)
    access = ""
    if traits.deployment == SAAS:
        is_owner = ADMIN in roles and BILLING not in roles and dice.random() < 0.8
        access = "owner" if is_owner else chance.weighted(dice.random(), ACCESS) if dice.random() < 0.8 else ""
    return Contact(
        first_name=first,
        last_name=last,
        title=dice.choice(TITLES[roles[0] if roles else ""]),
        email=f"{plain(first)}.{plain(last)}@{domain(company)}",
        locale=traits.country.locale,
        zone=traits.country.zone,
        roles=tuple(sorted(roles)),
        access=access,
        has_address=ADMIN in roles or dice.random() >= NO_ADDRESS,
    )


def _with_own_addresses(contacts: list[Contact]) -> list[Contact]:
    seen: dict[str, int] = {}
    own = []
    for contact in contacts:
        seen[contact.email] = seen.get(contact.email, 0) + 1
        local, _, host = contact.email.partition("@")
        namesake = seen[contact.email] > 1
        own.append(replace(contact, email=f"{local}{seen[contact.email]}@{host}") if namesake else contact)
    return own


# Return the contacts with the buyer marked and the case of this customer set.
def _in_reach(traits: Traits, contacts: list[Contact], dice: random.Random) -> list[Contact]:
    if traits.reach is Reach.INACTIVE_ADMIN:
        contacts[0] = replace(contacts[0], is_active=False)
    if traits.reach is Reach.OPTED_OUT_ADMIN:
        contacts[0] = replace(contacts[0], opted_out=dice.choice((("all",), ("enablement",), ("newsletter", "survey"))))
    if traits.reach is Reach.NOBODY:
        # An order entered by hand, without a buyer; for every fourth such customer nobody at all is known.
        return [] if dice.random() < 0.25 else [replace(contact, access="") for contact in contacts]
    buyer = _buyer(traits, contacts, dice)
    contacts[buyer] = replace(contacts[buyer], is_sold_to=True)
    return contacts


def _buyer(traits: Traits, contacts: list[Contact], dice: random.Random) -> int:
    if traits.channel == WEB_DIRECT:
        return 0 if traits.reach is Reach.SOLD_TO_ONLY or dice.random() < 0.5 else len(contacts) - 1
    for role in (BILLING, "decision_maker", "economic_buyer"):
        for position, contact in enumerate(contacts):
            if role in contact.roles and ADMIN not in contact.roles:
                return position
    return len(contacts) - 1


# Return the consultant of an agency, who works for several customers under one address.
def _agency_person(seed: int, agency: int, roles: tuple[str, ...]) -> Contact:
    dice = chance.dice(seed, "agency", agency)
    country = dice.choice(COUNTRIES)
    first, last = person_name(culture=country.person_culture, dice=dice)
    company = company_name(country=country, industry="Software", dice=dice)
    return Contact(
        first_name=first,
        last_name=last,
        title="DevOps consultant",
        email=f"{plain(first)}.{plain(last)}@consulting.{domain(company)}",
        locale=country.locale,
        zone=country.zone,
        roles=roles,
        is_agent=True,
    )
