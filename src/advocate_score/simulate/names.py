"""Names of companies and people, built from parts, and the words of firmographics. All of it is invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate.world import Bools, Ints, Rng, draw_codes

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

_TRADES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "es": {
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
    },
    "en": {
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
    },
    "de": {
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
    },
    "fr": {
        "logistics": ("Transports", "Messageries"),
        "manufacturing": ("Ateliers", "Fonderies"),
        "retail": ("Comptoirs", "Magasins"),
        "banking": ("Banque", "Crédit"),
        "insurance": ("Assurances", "Mutuelle"),
        "energy": ("Énergies", "Électricité"),
        "healthcare": ("Cliniques", "Laboratoires"),
        "software": ("Logiciels", "Systèmes"),
        "food": ("Conserveries", "Laiteries"),
        "public sector": ("Eaux de", "Port de"),
    },
    "it": {
        "logistics": ("Trasporti", "Spedizioni"),
        "manufacturing": ("Officine", "Fonderie"),
        "retail": ("Magazzini", "Tessuti"),
        "banking": ("Banca", "Credito"),
        "insurance": ("Assicurazioni", "Mutua"),
        "energy": ("Energia", "Elettrica"),
        "healthcare": ("Cliniche", "Laboratori"),
        "software": ("Sistemi", "Informatica"),
        "food": ("Conserve", "Pastificio"),
        "public sector": ("Acque di", "Porto di"),
    },
}
_SPANISH_TOWNS = (
    *("Valdelagua", "Montearroyo", "Robledal", "Peñafría", "Fuentealba", "Riosalado", "Torrelinda", "Campoviejo"),
    *("Villamarga", "Piedrablanca", "Aldeanueva", "Navalosa", "Castroverde", "Almarjal", "Cerroluna", "Olivares"),
    *("Puentehondo", "Sotomolino", "Marismas", "Encinar", "Laguna Clara", "Peñaranda", "Arroyomar", "Valfresno"),
    *("Cantalobos", "Higueral", "Ribadulce", "Montesclaros", "Zarzalejo", "Salinas Altas", "Guijarral", "Vegarrubia"),
)
_ENGLISH_TOWNS = (
    *("Northbrook", "Halden", "Ashcombe", "Westerleigh", "Marlow Vale", "Thornbury", "Kestrel Bay", "Oakhurst"),
    *("Stonebridge", "Fairmere", "Redcliffe", "Winterbourne", "Millford", "Greystoke", "Lakeshore", "Harrowgate"),
    *("Copperfield", "Silverdale", "Eastmoor", "Brackenridge", "Larkspur", "Juniper Hill", "Foxley", "Highgate"),
    *("Blackwater", "Cranmore", "Dunmore", "Elmsworth", "Penrose", "Ravenswood", "Saltmarsh", "Wyndham"),
)
_GERMAN_TOWNS = (
    *("Kessler", "Brandtner", "Hohenfels", "Lindauer", "Rheinau", "Steinbach", "Vogelsang", "Waldmann"),
    *("Altenried", "Bergheim", "Eschenau", "Falkenhof", "Grünwald", "Königsau", "Moosbach", "Tannberg"),
)
_FRENCH_TOWNS = (
    *("Valbrune", "Clairval", "Montrieux", "Beaucourt", "Rochefol", "Sainte-Aure", "Vernoy", "Lacombe"),
    *("Fontbelle", "Marsanne", "Bois-Clair", "Tourvel"),
)
_ITALIAN_TOWNS = (
    *("Valdoro", "Montechiaro", "Castelrosso", "Fontanella", "Roccaverde", "Lagobianco", "Pontevecchio", "Sassalto"),
    *("Terralba", "Vignola Alta", "Borgolupo", "Campofiore"),
)
_NORDIC_TOWNS = (
    *("Lindholm", "Nordvik", "Björkdal", "Sandnäs", "Fjellheim", "Østerby", "Granlund", "Kaldnes"),
    *("Strandvik", "Hovgaard", "Rautala", "Solberga"),
)
_DUTCH_TOWNS = (
    *("Van der Meer", "Hoogland", "Westerkerk", "De Linde", "Oosterdam", "Zandvliet", "Brakelaar", "Molenbeke"),
    *("Ter Horst", "Rijnveld", "Duinzicht", "Lammers"),
)

_SPANISH_FIRST_NAMES = (
    *("Lucía", "Martín", "Elena", "Álvaro", "Carmen", "Íñigo", "Nuria", "Rodrigo", "Inés", "Joaquín", "Begoña", "Hugo"),
    *("Ainhoa", "Sergio", "Montserrat", "Tomás", "Rocío", "Andrés", "Pilar", "Gonzalo"),
)
"""A woman's and a man's by turns, so that a title agrees with its holder."""
_SPANISH_SURNAMES = (
    *("Herrero", "Quintana", "Ferrer", "Ibáñez", "Montoya", "Aguirre", "Salcedo", "Peralta", "Rueda", "Carrasco"),
    *("Núñez", "Olmedo", "Zubiri", "Lozano", "Barrios", "Castaño", "Vidal", "Escudero", "Pascual", "Ortuño"),
)
_OTHER_FIRST_NAMES = (
    *("Alice", "Oliver", "Priya", "Jonas", "Grace", "Liam", "Anneke", "Samuel", "Ingrid", "Daniel", "Freya", "Marcus"),
    *("Chloe", "Stefan", "Hannah", "Owen", "Katrin", "Ravi", "Nadia", "Edward"),
)
_OTHER_SURNAMES = (
    *("Whitfield", "Okafor", "Lindqvist", "Moreau", "Harding", "Baumann", "Kaplan", "Sinclair", "Doyle", "Petrov"),
    *("Ashby", "Fletcher", "Novak", "Rossi", "Vandermeer", "Chandra", "Holloway", "Pemberton", "Schuster", "Keane"),
)

SENIORITIES = ("c_level", "vp", "director", "manager", "staff")
_SPANISH_TITLES = (
    (("Consejera delegada", "Consejero delegado"), ("Directora financiera", "Director financiero")),
    (
        ("Vicepresidenta de operaciones", "Vicepresidente de operaciones"),
        ("Vicepresidenta comercial", "Vicepresidente comercial"),
    ),
    (("Directora de compras", "Director de compras"), ("Directora de sistemas", "Director de sistemas")),
    (("Responsable de proyecto", "Responsable de proyecto"), ("Jefa de planta", "Jefe de planta")),
    (("Analista", "Analista"), ("Técnica de procesos", "Técnico de procesos")),
)
"""For each seniority, titles of a woman and of a man."""
_ENGLISH_TITLES = (
    ("Chief Executive Officer", "Chief Financial Officer", "Managing Director"),
    ("VP Operations", "VP Sales"),
    ("Procurement Director", "IT Director"),
    ("Project Manager", "Plant Manager"),
    ("Analyst", "Process Specialist"),
)
TOPICS = ("roadmap", "delivery", "results", "budget", "onboarding", "risk", "strategy", "support")
TEAMS = ("delivery", "leadership", "sales", "support", "marketing")

_PAIR_SHARE = 0.5
_PUBLIC = "public sector"
_TURNS = 4
"""How often another town is tried where a name is taken; among very many clients some share a name."""


@dataclass(frozen=True)
class _Naming:
    """How companies of a region are named. trades: language of the trades · towns · forms: legal forms of each segment
    · pattern: combines town, trade and form · pair: joins two towns."""

    trades: str
    towns: Sequence[str]
    forms: Sequence[Sequence[str]]
    pattern: str = "{town} {trade} {form}"
    pair: str = "{} & {}"

    def name(self, industry: str, segment: int, draw: Sequence[float], turn: int) -> str:
        """The name that the draw gives; another `turn` gives another town."""
        first = int(draw[0] * len(self.towns)) + turn
        town, partner = self.towns[first % len(self.towns)], _of(self.towns, draw[1])
        trade, form = _of(_TRADES[self.trades][industry], draw[3]), _of(self.forms[segment], draw[4])
        if industry == _PUBLIC:
            return self.pattern.format(town=town, trade=trade, form="").strip()
        if draw[2] < _PAIR_SHARE and partner != town:
            town = self.pair.format(town, partner)
        return self.pattern.format(town=town, trade=trade, form=form)


_ROMANCE = "{trade} {town} {form}"
_NAMINGS: Mapping[str, _Naming] = {
    "Iberia": _Naming("es", _SPANISH_TOWNS, (("S.L.", "S.L.U."), ("S.A.", "S.L."), ("S.A.",)), _ROMANCE, "{} y {}"),
    "LATAM": _Naming(
        "es", _SPANISH_TOWNS, (("S.A.S.", "Ltda."), ("S.A.", "S.A. de C.V."), ("S.A.",)), _ROMANCE, "{} y {}"
    ),
    "UK & Ireland": _Naming(
        "en", _ENGLISH_TOWNS, (("Ltd", "& Sons Ltd"), ("Ltd", "Partners LLP"), ("plc", "Group plc"))
    ),
    "NA": _Naming("en", _ENGLISH_TOWNS, (("LLC",), ("Inc", "LLC"), ("Inc", "Holdings Inc"))),
    "DACH": _Naming("de", _GERMAN_TOWNS, (("GmbH",), ("GmbH", "GmbH & Co. KG"), ("AG", "SE"))),
    "France": _Naming("fr", _FRENCH_TOWNS, (("SARL",), ("SAS",), ("SA",)), _ROMANCE, "{} et {}"),
    "Italy": _Naming("it", _ITALIAN_TOWNS, (("S.r.l.",), ("S.r.l.", "S.p.A."), ("S.p.A.",)), _ROMANCE, "{} e {}"),
    "Nordics": _Naming("en", _NORDIC_TOWNS, (("AB", "ApS"), ("AB", "AS"), ("AB", "A/S"))),
    "Benelux": _Naming("en", _DUTCH_TOWNS, (("B.V.",), ("B.V.", "N.V."), ("N.V.",))),
}


def company_names(industry: Ints, segment: Ints, region: Ints, rng: Rng) -> pd.Series:
    """Return one name per account that fits its region and size, such as `Transportes Valdelagua S.L.`."""
    draws = rng.random((len(industry), 5))
    taken: set[str] = set()
    drawn = []
    for i, s, r, draw in zip(industry.tolist(), segment.tolist(), region.tolist(), draws.tolist(), strict=True):
        naming = _NAMINGS[REGIONS[r]]
        tries = (naming.name(INDUSTRIES[i], s, draw, turn) for turn in range(_TURNS))
        name = next((name for name in tries if name not in taken), naming.name(INDUSTRIES[i], s, draw, 0))
        taken.add(name)
        drawn.append(name)
    return pd.Series(drawn, dtype="str")


def _of(words: Sequence[str], draw: float) -> str:
    return words[int(draw * len(words))]


def people(spanish: Bools, rng: Rng) -> pd.Series:
    """Return one name per person."""
    first, last = rng.random((2, len(spanish)))
    names = [
        f"{_of(_SPANISH_FIRST_NAMES, a)} {_of(_SPANISH_SURNAMES, b)}"
        if is_spanish
        else f"{_of(_OTHER_FIRST_NAMES, a)} {_of(_OTHER_SURNAMES, b)}"
        for is_spanish, a, b in zip(spanish.tolist(), first.tolist(), last.tolist(), strict=True)
    ]
    return pd.Series(names, dtype="str")


def titles(people: pd.Series, spanish: Bools, seniority: Ints, rng: Rng) -> pd.Series:
    """Return job titles that fit the seniority, and in Spanish the holder."""
    draws = rng.random(len(spanish)).tolist()
    rows = zip(people, spanish.tolist(), seniority.tolist(), draws, strict=True)
    return pd.Series([_title(name, rank, draw, is_spanish=es) for name, es, rank, draw in rows], dtype="str")


def _title(name: str, rank: int, draw: float, *, is_spanish: bool) -> str:
    if not is_spanish:
        return _of(_ENGLISH_TITLES[rank], draw)
    forms = _SPANISH_TITLES[rank][int(draw * 2)]
    return forms[_SPANISH_FIRST_NAMES.index(name.partition(" ")[0]) % 2]


def owners(count: int, rng: Rng) -> list[str]:
    """Return the names of account managers, all different; at most 800."""
    pairs = [f"{a} {b}" for a in _SPANISH_FIRST_NAMES for b in _SPANISH_SURNAMES]
    pairs += [f"{a} {b}" for a in _OTHER_FIRST_NAMES for b in _OTHER_SURNAMES]
    order = rng.permutation(len(pairs))[:count]
    return [pairs[index] for index in order]


def owner_of_each(accounts: int, rng: Rng) -> pd.Series:
    """Return the owner of each account, with about forty accounts per owner."""
    staff = owners(max(3, min(800, accounts // 40)), rng)
    return pd.Series(np.asarray(staff, dtype=object)[draw_codes(rng, [1] * len(staff), accounts)], dtype="str")
