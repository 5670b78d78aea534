"""What clients and prospects are compared by, and when two spellings mean the same."""

import unicodedata

import pandas as pd

ATTRIBUTES = ("industry", "segment", "region", "service_line")

_CLIENT_OF = {
    "industry": ("{value} client", "cliente del sector {value}"),
    "segment": ("client of segment {value}", "cliente del segmento {value}"),
    "region": ("client in region {value}", "cliente de la región {value}"),
    "service_line": ("client of service line {value}", "cliente de la línea de servicio {value}"),
}
_NAMES = {
    "industry": ("industry", "sector"),
    "segment": ("segment", "segmento"),
    "region": ("region", "región"),
    "service_line": ("service line", "línea de servicio"),
}
_SAME = {
    "industry": ("same industry", "mismo sector"),
    "segment": ("same segment, so of similar size", "mismo segmento, luego de tamaño similar"),
    "region": ("same region", "misma región"),
    "service_line": ("same service line", "misma línea de servicio"),
}


def client_of(attribute: str, value: str, language: str) -> str:
    """A client by one of its attributes, in words: "energy client"."""
    return _CLIENT_OF[attribute][language == "es"].format(value=value)


def named(attribute: str, value: str, language: str) -> str:
    """An attribute with its value, in words: "service line technology"."""
    return f"{_NAMES[attribute][language == 'es']} {value}"


def same(attribute: str, language: str) -> str:
    """What client and prospect have in common, in words."""
    return _SAME[attribute][language == "es"]


def folded(text: str) -> str:
    """`text` as it compares: without case, accents and needless blanks."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in parted if not unicodedata.combining(sign)).split())


def folded_values(values: pd.Series) -> pd.Series:
    """Each value folded; '' where there is none."""
    places, different = pd.factorize(values)
    texts = pd.array([*(folded(str(value)) for value in different), ""], dtype="str")
    return pd.Series(texts.take(places), values.index, name=values.name)  # a missing value has place −1


def spellings(values: pd.Series) -> pd.Series:
    """Folded value → the spelling that is used most, the first of equals in the order of letters."""
    rows = values.astype("str").value_counts()
    names = rows.index.to_series()
    given = pd.DataFrame({"key": folded_values(names).to_numpy(), "name": names.to_numpy(), "rows": rows.to_numpy()})
    counted = given[given["key"] != ""]
    usual = counted.sort_values(["key", "rows", "name"], ascending=[True, False, True]).drop_duplicates("key")
    return usual.set_index("key")["name"]
