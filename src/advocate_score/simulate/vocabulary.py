"""Words that names, people and firmographics are made of. All of it is invented."""

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
"""Where legal departments say no more often."""

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
