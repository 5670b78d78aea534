"""Names of companies and people, built from parts, and the words of firmographics. All of it is invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate.world import Bools, Ints, Rng, chosen

INDUSTRIES = (
    "logistics",
    "manufacturing",
    "retail",
    "banking",
    "insurance",
    "energy",
    "healthcare",
    "software",
    "food",
    "public sector",
)
INDUSTRY_SHARES = (0.13, 0.16, 0.13, 0.08, 0.08, 0.09, 0.1, 0.11, 0.08, 0.04)
GUARDED_INDUSTRIES = ("banking", "insurance", "public sector")
"""Industries in which legal departments say no more often."""

SEGMENTS = ("small", "mid-market", "enterprise")
SEGMENT_SHARES = (0.4, 0.4, 0.2)
REGIONS = ("Iberia", "LATAM", "UK & Ireland", "DACH", "France", "Italy", "Nordics", "Benelux", "NA")
REGION_SHARES_SPANISH = (0.72, 0.26, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.01)
REGION_SHARES_OTHER = (0.06, 0.04, 0.4, 0.2, 0.08, 0.06, 0.08, 0.07, 0.01)
SERVICE_LINES = ("strategy", "operations", "technology", "risk", "people", "finance")
SERVICE_LINE_SHARES = (0.14, 0.26, 0.27, 0.12, 0.09, 0.12)

SPANISH_TRADES = {
    "logistics": ("Transportes", "Logística", "Almacenes Portuarios"),
    "manufacturing": ("Talleres", "Industrias", "Fundiciones"),
    "retail": ("Comercial", "Supermercados", "Textiles"),
    "banking": ("Caja", "Banco", "Crédito"),
    "insurance": ("Seguros", "Mutua", "Reaseguros"),
    "energy": ("Eléctrica", "Energías Renovables", "Gas"),
    "healthcare": ("Clínicas", "Laboratorios", "Hospitales"),
    "software": ("Sistemas", "Datos", "Informática"),
    "food": ("Conservas", "Aceites", "Bodegas"),
    "public sector": ("Aguas Municipales de", "Autoridad Portuaria de", "Consorcio de"),
}
ENGLISH_TRADES = {
    "logistics": ("Freight", "Logistics", "Haulage"),
    "manufacturing": ("Engineering", "Castings", "Components"),
    "retail": ("Stores", "Outfitters", "Retail"),
    "banking": ("Savings", "Bank", "Capital"),
    "insurance": ("Assurance", "Mutual", "Underwriting"),
    "energy": ("Power", "Renewables", "Energy"),
    "healthcare": ("Clinics", "Laboratories", "Care"),
    "software": ("Systems", "Data", "Software"),
    "food": ("Foods", "Dairies", "Bakeries"),
    "public sector": ("Water Board", "Port Authority", "Transit Authority"),
}
GERMAN_TRADES = {
    "logistics": ("Spedition", "Logistik"),
    "manufacturing": ("Maschinenbau", "Werkzeugbau"),
    "retail": ("Handels", "Kaufhaus"),
    "banking": ("Kreditbank", "Sparbank"),
    "insurance": ("Versicherung", "Rückversicherung"),
    "energy": ("Energie", "Stromwerke"),
    "healthcare": ("Kliniken", "Pharma"),
    "software": ("Software", "Datentechnik"),
    "food": ("Feinkost", "Molkerei"),
    "public sector": ("Stadtwerke", "Hafenbetriebe"),
}
SPANISH_PLACES = (
    *("Valdelagua", "Montearroyo", "Robledal", "Peñafría", "Fuentealba", "Riosalado", "Torrelinda", "Campoviejo"),
    *("Villamarga", "Piedrablanca", "Aldeanueva", "Navalosa", "Castroverde", "Almarjal", "Cerroluna", "Olivares"),
    *("Puentehondo", "Sotomolino", "Marismas", "Encinar", "Laguna Clara", "Peñaranda", "Arroyomar", "Valfresno"),
    *("Cantalobos", "Higueral", "Ribadulce", "Montesclaros", "Zarzalejo", "Salinas Altas", "Guijarral", "Vegarrubia"),
)
ENGLISH_PLACES = (
    *("Northbrook", "Halden", "Ashcombe", "Westerleigh", "Marlow Vale", "Thornbury", "Kestrel Bay", "Oakhurst"),
    *("Stonebridge", "Fairmere", "Redcliffe", "Winterbourne", "Millford", "Greystoke", "Lakeshore", "Harrowgate"),
    *("Copperfield", "Silverdale", "Eastmoor", "Brackenridge", "Larkspur", "Juniper Hill", "Foxley", "Highgate"),
    *("Blackwater", "Cranmore", "Dunmore", "Elmsworth", "Penrose", "Ravenswood", "Saltmarsh", "Wyndham"),
)
GERMAN_PLACES = ("Kessler", "Brandtner", "Hohenfels", "Lindauer", "Rheinau", "Steinbach", "Vogelsang", "Waldmann")
SPANISH_FORMS = ("S.A.", "S.L.", "S.L.U.", "e Hijos S.L.", "Hermanos S.A.", "y Asociados S.L.", "Ibérica S.A.")
ENGLISH_FORMS = ("Ltd", "Inc", "plc", "LLC", "Group Ltd", "Holdings Inc", "& Sons Ltd", "Partners LLP")
GERMAN_FORMS = ("GmbH", "AG", "GmbH & Co. KG", "SE")

SPANISH_FIRST_NAMES = (
    *("Lucía", "Martín", "Elena", "Álvaro", "Carmen", "Íñigo", "Nuria", "Rodrigo", "Inés", "Joaquín", "Begoña", "Hugo"),
    *("Ainhoa", "Sergio", "Montserrat", "Tomás", "Rocío", "Andrés", "Pilar", "Gonzalo"),
)
SPANISH_SURNAMES = (
    *("Herrero", "Quintana", "Ferrer", "Ibáñez", "Montoya", "Aguirre", "Salcedo", "Peralta", "Rueda", "Carrasco"),
    *("Núñez", "Olmedo", "Zubiri", "Lozano", "Barrios", "Castaño", "Vidal", "Escudero", "Pascual", "Ortuño"),
)
OTHER_FIRST_NAMES = (
    *("Alice", "Oliver", "Priya", "Jonas", "Grace", "Liam", "Anneke", "Samuel", "Ingrid", "Daniel", "Freya", "Marcus"),
    *("Chloe", "Stefan", "Hannah", "Owen", "Katrin", "Ravi", "Nadia", "Edward"),
)
OTHER_SURNAMES = (
    *("Whitfield", "Okafor", "Lindqvist", "Moreau", "Harding", "Baumann", "Kaplan", "Sinclair", "Doyle", "Petrov"),
    *("Ashby", "Fletcher", "Novak", "Rossi", "Vandermeer", "Chandra", "Holloway", "Pemberton", "Schuster", "Keane"),
)

SENIORITIES = ("c_level", "vp", "director", "manager", "staff")
SPANISH_TITLES = (
    ("Consejera delegada", "Director financiero", "Directora general"),
    ("Vicepresidente de operaciones", "Vicepresidenta comercial"),
    ("Directora de compras", "Director de sistemas"),
    ("Responsable de proyecto", "Jefa de planta"),
    ("Analista", "Técnica de procesos"),
)
ENGLISH_TITLES = (
    ("Chief Executive Officer", "Chief Financial Officer", "Managing Director"),
    ("VP Operations", "VP Sales"),
    ("Procurement Director", "IT Director"),
    ("Project Manager", "Plant Manager"),
    ("Analyst", "Process Specialist"),
)
TOPICS = ("roadmap", "delivery", "results", "budget", "onboarding", "risk", "strategy", "support")
TEAMS = ("delivery", "leadership", "sales", "support", "marketing")


_GERMAN_SHARE = 0.2
_PAIR_SHARE = 0.5


@dataclass(frozen=True)
class _House:
    """How companies of one language are named; `pattern` combines place, trade and legal form."""

    trades: Mapping[str, Sequence[str]]
    places: Sequence[str]
    forms: Sequence[str]
    pattern: str
    pair: str

    def name(self, industry: str, draw: Sequence[float]) -> str:
        town, partner = _of(self.places, draw[0]), _of(self.places, draw[1])
        if draw[2] < _PAIR_SHARE and partner != town:
            town = self.pair.format(town, partner)
        trade, form = _of(self.trades[industry], draw[3]), _of(self.forms, draw[4])
        return self.pattern.format(place=town, trade=trade, form=form)


_HOUSES = (
    _House(SPANISH_TRADES, SPANISH_PLACES, SPANISH_FORMS, "{trade} {place} {form}", "{} y {}"),
    _House(ENGLISH_TRADES, ENGLISH_PLACES, ENGLISH_FORMS, "{place} {trade} {form}", "{} & {}"),
    _House(GERMAN_TRADES, GERMAN_PLACES, GERMAN_FORMS, "{place} {trade} {form}", "{} & {}"),
)


def company_names(industry: Ints, spanish: Bools, rng: Rng) -> pd.Series:
    """Return one name per account, such as `Transportes Valdelagua S.L.` or `Northbrook Freight Ltd`."""
    house = np.where(spanish, 0, np.where(rng.random(len(spanish)) < _GERMAN_SHARE, 2, 1))
    draws = rng.random((len(spanish), 5))
    rows = zip(house.tolist(), industry.tolist(), draws.tolist(), strict=True)
    return pd.Series([_HOUSES[h].name(INDUSTRIES[i], draw) for h, i, draw in rows], dtype="str")


def _of(words: Sequence[str], draw: float) -> str:
    return words[int(draw * len(words))]


def people(spanish: Bools, rng: Rng) -> pd.Series:
    """Return one name per person."""
    first, last = rng.random((2, len(spanish)))
    names = [
        f"{_of(SPANISH_FIRST_NAMES, a)} {_of(SPANISH_SURNAMES, b)}"
        if is_spanish
        else f"{_of(OTHER_FIRST_NAMES, a)} {_of(OTHER_SURNAMES, b)}"
        for is_spanish, a, b in zip(spanish.tolist(), first.tolist(), last.tolist(), strict=True)
    ]
    return pd.Series(names, dtype="str")


def titles(spanish: Bools, seniority: Ints, rng: Rng) -> pd.Series:
    """Return job titles that fit the seniority."""
    draws = rng.random(len(spanish)).tolist()
    rows = zip(spanish.tolist(), seniority.tolist(), draws, strict=True)
    chosen_titles = [_of((SPANISH_TITLES if es else ENGLISH_TITLES)[rank], draw) for es, rank, draw in rows]
    return pd.Series(chosen_titles, dtype="str")


def owners(count: int, rng: Rng) -> list[str]:
    """Return the names of account managers, all different; at most 800."""
    pairs = [f"{a} {b}" for a in SPANISH_FIRST_NAMES for b in SPANISH_SURNAMES]
    pairs += [f"{a} {b}" for a in OTHER_FIRST_NAMES for b in OTHER_SURNAMES]
    order = rng.permutation(len(pairs))[:count]
    return [pairs[index] for index in order]


def owner_of_each(accounts: int, rng: Rng) -> pd.Series:
    """Return the owner of each account, with about forty accounts per owner."""
    staff = owners(max(3, min(800, accounts // 40)), rng)
    return pd.Series(np.asarray(staff, dtype=object)[chosen(rng, [1] * len(staff), accounts)], dtype="str")
