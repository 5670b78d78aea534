from pathlib import Path

import pytest

from advocate_score.config import load_settings
from advocate_score.errors import ConfigurationError
from advocate_score.files import shipped_file


def load(tmp_path: Path, text: str, *overrides: str):
    file = tmp_path / "advocate.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, overrides)


def faults_of(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text, *overrides)
    return [str(fault) for fault in caught.value.faults]


def test_an_empty_file_means_the_defaults_of_the_practice(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings.model.maturity_days == 45
    assert (settings.policy.max_asks_per_year, settings.policy.cooldown_days) == (4, 90)
    assert [settings.policy.capacity.of(level) for level in range(1, 6)] == [20, 10, 10, 4, 2]


@pytest.mark.parametrize("name", ["starter", "demo", "training", "nightly"])
def test_shipped_configurations_are_valid(name: str) -> None:
    assert load_settings(shipped_file(f"pipelines/{name}.toml")).sources.time_zone == "UTC"


def test_every_commented_setting_of_the_starter_is_one(tmp_path: Path) -> None:
    lines = shipped_file("pipelines/starter.toml").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in lines)
    settings = load(tmp_path, text)
    assert settings.signals[0].name == "reviews_365d"
    assert settings.sources.accounts.columns["account_id"] == "Id"


def test_all_faults_are_reported_at_once_with_place_value_and_nearest_name(tmp_path: Path) -> None:
    text = '[model]\nmaturty_days = 3\nseed = -1\n[outputs]\nlanguage = "fr"\n[modle]\n[[signals]]\nname = "x"'
    faults = "\n".join(faults_of(tmp_path, text))
    assert "[model] maturty_days: is not a setting. Fix: did you mean 'maturity_days'?" in faults
    assert "[model] seed: must be at least 0; got -1." in faults
    assert "[outputs] language: must be 'en' or 'es'; got \"fr\"." in faults
    assert "did you mean 'model'?" in faults
    assert "[[signals]] x family" in faults


@pytest.mark.parametrize(
    ("override", "seen"),
    [("model.maturity_days=180", 180), ("model.maturity_days = 7", 7)],
)
def test_overrides_win_over_the_file(tmp_path: Path, override: str, seen: int) -> None:
    assert load(tmp_path, "[model]\nmaturity_days = 60", override).model.maturity_days == seen


def test_overrides_take_text_without_quotes(tmp_path: Path) -> None:
    assert load(tmp_path, "", "outputs.language=es", "sources.folder=a b/c").sources.folder == Path("a b/c")


@pytest.mark.parametrize("override", ["maturity_days=3", "model.maturity_days", "=3", "model..x=3"])
def test_overrides_of_another_form_are_refused(tmp_path: Path, override: str) -> None:
    assert "section.key=value" in faults_of(tmp_path, "", override)[0]


def test_overrides_are_held_to_the_same_rules(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "", "model.maturity_days=0")[0].startswith("--set model.maturity_days: must be")


@pytest.mark.parametrize("text", ["[model", "x = \x00"])
def test_a_file_that_is_no_toml_is_a_fault(tmp_path: Path, text: str) -> None:
    assert "cannot be read as TOML" in faults_of(tmp_path, text)[0]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="advocate-score init"):
        load_settings(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[sources]\nencoding = "utf-99"', "no encoding"),
        ('[sources]\ntime_zone = "Mars/Olympus"', "no time zone"),
        ('[sources]\nas_of = "yesterday"', "data_cut, today"),
        ('[sources.accounts]\ntime_zone = "Mars/Olympus"', "no time zone"),
        ('[sources]\nencoding = "base64"', "no encoding of text"),
        ('[sources]\ndelimiter = "a"', "one mark"),
        ('[sources.cases]\ndelimiter = "\\""', "one mark"),
        ('[engine]\nmemory_limit = "lots"', "500MB"),
        ('[engine]\nmemory_limit = "2 Gb"', "500MB"),
        ('[engine]\nmemory_limit = "0GB"', "between 16MB and 1000000GB"),
        ('[engine]\nmemory_limit = "15.9MB"', "between 16MB and 1000000GB"),
        ('[engine]\nmemory_limit = "99999999GB"', "between 16MB and 1000000GB"),
        (f'[engine]\nmemory_limit = "{"9" * 400}GiB"', "between 16MB and 1000000GB"),
        ("[policy.capacity]\nlevel_1 = 1e308", "at most 1000000"),
        ("[ladder.effort_minutes]\nlevel_5 = 1e308", "at most 1000000"),
        ("[policy]\nmax_effort_minutes = 1e-300", "at least 0.01"),
        ("[outputs]\nlist_size = 99999999999999999999", "at most 1000000000"),
        ("[sources]\nrefuse_age_hours = 1e308", "at most 1000000"),
    ],
)
def test_dialect_is_checked_before_any_file_is_read(tmp_path: Path, text: str, words: str) -> None:
    assert words in faults_of(tmp_path, text)[0]


def test_a_table_inherits_the_dialect_of_the_section(tmp_path: Path) -> None:
    text = '[sources]\ndelimiter = ";"\ndecimal = ","\n[sources.asks]\ndelimiter = "|"'
    sources = load(tmp_path, text).sources
    dialect = sources.dialect(sources.asks)
    assert (dialect.delimiter, dialect.decimal) == ("|", ",")


def test_the_soft_cap_gives_way_to_a_lower_hard_one(tmp_path: Path) -> None:
    assert load(tmp_path, "", "policy.max_asks_per_year=2").policy.soft_cap == 2


def test_the_hash_text_leaves_out_the_machine_and_keeps_the_rules(tmp_path: Path) -> None:
    plain = load(tmp_path, "").canonical_json()
    places = ["engine.threads=1", "outputs.folder=/elsewhere", "sources.folder=there", "sources.asks.path=a.csv"]
    assert load(tmp_path, "", *places).canonical_json() == plain
    assert load(tmp_path, "", "policy.cooldown_days=91").canonical_json() != plain


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "advocate.toml"
    file.write_bytes(b'\xef\xbb\xbf[outputs]\r\nlanguage = "es"\r\n')
    assert load_settings(file).outputs.language == "es"
    file.write_bytes('[outputs]\nfolder = "publicación"'.encode("cp1252"))
    with pytest.raises(ConfigurationError, match="not written in UTF-8"):
        load_settings(file)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is a folder.* Fix: --config .*advocate\.toml"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sources = 3", "[sources]: must be a table of settings; got 3."),
        ("signals = 3", "[signals]: must be a list; got 3."),
        ('[model]\nmaturity_days = "soon"', '[model] maturity_days: must be a whole number; got "soon".'),
        ("[model.scorecard]\nluck = 1", "[model] scorecard.luck: must be 'renewals', "),
        ("[sources.accounts.values.status]\nX = 3", "[sources] accounts.values.status.X: must be text; got 3."),
        ("[[signals]]", "[[signals]] no. 1 name: is missing."),
        ('[[signals]]\nname = "calls"\nwhere = 3', "[[signals]] calls where: must be a table of settings; got 3."),
        ('[[signals]]\nname = "calls"\nwhere = { n = { mn = 1 } }', "[[signals]] calls where.n.mn: is not a setting."),
        ('[[signals]]\nname = "calls"\nwhere = { n = [nan] }', "[[signals]] calls where.n.0: a condition is a value"),
        ('[[signals]]\nname = "calls"\nwhere = { n = [[1]] }', "[[signals]] calls where.n.0: a condition is a value"),
        ('[[signals]]\nname = "calls"\nwhere = { n = { min = 2, max = 1 } }', "where.n: min is above max"),
        ('[[signals]]\nname = "Ñ"', "[[signals]] Ñ name: a name here is a letter"),
        ('[[signals]]\nname = "calls"\nwhere = { "a b" = 1 }', "where.a b: a name here is a letter"),
    ],
)
def test_faults_are_told_in_the_words_of_the_file(tmp_path: Path, text: str, fault: str) -> None:
    told = faults_of(tmp_path, text)
    assert any(fault in one for one in told), told
    assert not any(word in "".join(told) for word in ("tuple", "dictionary", "pattern", "[key]", "function-"))


UNBOUNDED = ("99999999", "0999", ">100.1f", ".100f", ".99999999%", "{value}", "\\u0000>9", "=9", "n", "*^9", "c", "#x")


@pytest.mark.parametrize(
    "sentence",
    [
        *("{x}", "{0}", "{", "{value.real}", "{value[0]}", "{value:.0q}", "{value!z}", "{value!r}", "{value!s:>9}"),
        *(f"{{value:{form}}}" for form in UNBOUNDED),
    ],
)
def test_a_sentence_holds_nothing_but_the_value(tmp_path: Path, sentence: str) -> None:
    text = f"[[signals]]\nname = 'calls'\nen = '{sentence}'\nes = '{sentence}'"
    faults = faults_of(tmp_path, text)
    for language in ("en", "es"):
        assert any(f"calls {language}: a sentence may hold {{value}} only" in fault for fault in faults)


@pytest.mark.parametrize(
    "form", ["", ":.0f", ":+.2f", ":,", ":,.0f", ":.0%", ":.3g", ":>12", ":<08.1f", ":99.99e", ":s"]
)
def test_ordinary_formats_of_a_value_are_taken(tmp_path: Path, form: str) -> None:
    text = f"[[signals]]\nname = 'calls'\nen = 'It is {{value{form}}}.'"
    assert not any("a sentence may hold" in fault for fault in faults_of(tmp_path, text))


@pytest.mark.goal("G39")
@pytest.mark.parametrize("key", ["outputs.folder", "outputs.quarantine", "programme.recorded"])
@pytest.mark.parametrize("place", [".", "tables", "./publications/../tables", "linked"])
def test_what_is_written_has_a_folder_of_its_own(tmp_path: Path, key: str, place: str) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "linked").symlink_to("tables")
    (tmp_path / "advocate.toml").touch()
    with pytest.raises(ConfigurationError) as refused:
        load_settings(tmp_path / "advocate.toml", [f"{key}={place}"])
    section, _, name = key.partition(".")
    other = "the folder of the configuration" if place == "." else "[sources] folder"
    assert f"[{section}] {name}: '{Path(place)}' is also {other}" in str(refused.value)
    assert refused.value.exit_code == 2


def test_two_outputs_do_not_share_a_folder(tmp_path: Path) -> None:
    (tmp_path / "advocate.toml").touch()
    with pytest.raises(ConfigurationError, match=r"recorded: 'publications' is also \[outputs\] folder"):
        load_settings(tmp_path / "advocate.toml", ["programme.recorded=publications"])
    inside = ["outputs.quarantine=publications/../out/quarantine", "programme.recorded=out", "sources.folder=."]
    assert load_settings(tmp_path / "advocate.toml", inside).programme.recorded == Path("out")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[model]\nrecipes = "a\\u0000b"', "[model] recipes"),
        ('[outputs]\nformats = ["csv", "\\u0000"]', "[outputs] formats"),
        ('[sources.asks]\npath = "\\u0000"', "[sources] asks.path"),
        ('[[signals]]\nname = "\\u0000"', "[signals] name"),
    ],
)
def test_no_text_holds_a_nul_byte(tmp_path: Path, text: str, place: str) -> None:
    (fault,) = faults_of(tmp_path, text)
    assert f"{place}: holds a NUL byte" in fault


def test_a_section_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "advocate.toml").touch()
    with pytest.raises(ConfigurationError, match="not of the form"):
        load_settings(tmp_path / "advocate.toml", ["\ud800.a=1"])
