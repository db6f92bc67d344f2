"""`register match` on files as people have them: what it answers, says, refuses, and that nothing else is left behind."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from typer.testing import CliRunner

from benchmarks import people, shapes
from benchmarks.matching import quality
from pipelines import place
from pipelines.cli.app import app
from register import match_files
from register.errors import RefusedError
from tests.matching.test_unknown import same_partition

MADE = shapes.born(400)
ADDED = ["cluster_id", "match_probability", "why"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No home, a working directory and a place for temporary files of their own, where nothing may be left."""
    for name in ("work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv(place.HOME_VARIABLE, str(tmp_path / "home"))
    yield
    assert not (tmp_path / "home").exists() and not list((tmp_path / "temporary").iterdir())
    assert not [path.name for path in (tmp_path / "work").iterdir() if path.name not in KNOWN]


KNOWN = {"in.csv", "in.xlsx", "second.csv", "out.csv", "out.xlsx", "policy.toml"}


def csv(rows: pd.DataFrame, name: str = "in.csv", encoding: str = "utf-8", separator: str = ";") -> Path:
    path = Path(name)
    rows.to_csv(path, sep=separator, index=False, encoding=encoding)
    return path


def workbook(rows: pd.DataFrame) -> Path:
    with xlsxwriter.Workbook("in.xlsx") as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([tuple(rows.columns), *rows.fillna("").itertuples(index=False, name=None)]):
            sheet.write_row(number, 0, row)
    return Path("in.xlsx")


def run(*words: object) -> str:
    """What the command prints, its spaces folded."""
    done = CliRunner().invoke(app, ["match", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(re.sub("[│┃]", " ", done.output).split())


def answer(name: str = "out.csv") -> pd.DataFrame:
    if name.endswith("xlsx"):
        return pd.read_excel(name, dtype=str, engine="calamine")
    return pd.read_csv(name, sep=";", dtype=str, encoding="utf-8-sig")


def right(found: pd.DataFrame, truth: pd.Series) -> float:
    return people_f1(pd.factorize(found["cluster_id"])[0], truth)


def people_f1(labels: np.ndarray, truth: pd.Series) -> float:
    return quality(labels, truth.to_numpy())["f1"]


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8", ","), ("cp1252", ";"), ("utf-16", "\t")])
def test_a_text_file_of_any_encoding_comes_back_as_it_was_with_the_answer_beside(encoding: str, separator: str) -> None:
    rows = MADE.drop(columns="entity")
    said = run(csv(rows, encoding=encoding, separator=separator), "--out", "out.csv")
    found = answer()
    assert list(found) == [*rows, *ADDED]
    pd.testing.assert_frame_equal(found[list(rows)], rows, check_dtype=False)
    assert right(found, MADE["entity"]) > 0.95
    assert "400 rows" in said and f"{found['cluster_id'].nunique()} clusters" in said and "rows in doubt" in said
    assert re.search("born +date", said) and re.search("first +name", said)


def test_a_workbook_gives_the_same_clusters_and_can_be_asked_for() -> None:
    rows = MADE.drop(columns="entity")
    run(workbook(rows), "--out", "out.xlsx")
    run(csv(rows), "--out", "out.csv")
    pd.testing.assert_frame_equal(answer("out.xlsx")[ADDED], answer()[ADDED])
    assert {Path(name).stat().st_mode & 0o777 for name in ("out.xlsx", "out.csv")} == {0o600}


def test_every_row_of_a_cluster_says_with_which_row_it_agrees_and_those_alone_say_nothing() -> None:
    run(csv(MADE.drop(columns="entity")), "--out", "out.csv")
    found = answer()
    is_alone = ~found.duplicated("cluster_id", keep=False)
    assert found.loc[is_alone, ["match_probability", "why"]].isna().all(axis=None)
    others = found.loc[~is_alone, "why"].str.extract(r"^row (\d+): (?:same|nearly)")[0].astype(int) - 2
    assert (found["cluster_id"].to_numpy()[others] == found.loc[~is_alone, "cluster_id"]).all(), "rows count from the header, 1"
    assert found.loc[~is_alone, "match_probability"].astype(float).between(0.5, 1).all()


def contacts(count: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People at firms as a provider lists them, and who they are."""
    made = people.rows(count, 4)
    return pd.DataFrame({
        "Etunimi": made["first_name"], "Sukunimi": made["last_name"],
        "Yritys": made["organisation_id"].str.replace("-", " ") + " Oy", "Sähköposti": made["email"],
        "Puhelin": made["phone"], "Katuosoite": made["street"], "Postinumero": made["postcode"],
        "Postitoimipaikka": made["city"], "Hymiö": ":-)"}).astype("str"), made


def test_people_at_firms_are_matched_by_the_contacts_model_and_get_a_person_besides() -> None:
    rows, made = contacts()
    said = run(csv(rows, encoding="cp1252"), "--out", "out.csv")
    found = answer()
    assert list(found) == [*rows, "cluster_id", "person_id", "match_probability", "why"]
    assert people_f1(pd.factorize(found["person_id"])[0], made["person"]) > 0.9
    assert right(found, made["contact"]) > 0.9
    assert found.groupby("cluster_id")["person_id"].nunique().max() == 1, "one contact is one person"
    assert "people" in said and "Sukunimi" in said
    assert found["why"].str.contains("same e-mail, same mobile, same surname, same first name").any()


def in_doubt(said: str) -> int:
    """How many rows the command says are in doubt."""
    found = re.search(r"([\d,]+) rows? in doubt", said)
    assert found, said
    return int(found[1].replace(",", ""))


def test_a_table_of_people_with_a_large_share_in_doubt_is_answered_with_a_warning() -> None:
    rows, _ = contacts()
    assert "More than a fifth" not in run(csv(rows), "--out", "out.csv")
    names = list(product(("Anna", "Ville", "Olli"), ("Heikkinen", "Järvinen", "Koskinen", "Laine", "Virtanen")))
    shared = pd.DataFrame(names, columns=["Etunimi", "Sukunimi"]).assign(Yritys="Suuri Oy", Puhelin="040 123 4567")
    said = run(csv(shared), "--out", "out.csv")
    assert "More than a fifth" in said and in_doubt(said) == len(names)
    assert answer()["cluster_id"].is_unique, "several surnames on one mobile are no one person"


def test_of_two_files_of_people_only_pairs_of_both_are_in_doubt() -> None:
    rows, made = contacts()
    whole = in_doubt(run(csv(rows), "--out", "out.csv"))
    csv(rows.iloc[::2], "second.csv")
    said = run(csv(rows.iloc[1::2]), "second.csv", "--out", "out.csv")
    found = answer()
    assert in_doubt(said) <= whole, "what is one within a file is not asked"
    together = found[found.duplicated("cluster_id", keep=False)]
    assert len(together) > 200 and (together.groupby("cluster_id")["file_no"].nunique() == 2).all()
    assert "Sukunimi" in said and len(made) == len(found)


def test_contacts_of_one_person_at_two_firms_say_why_and_how_probably() -> None:
    rows = pd.DataFrame({"Etunimi": ["Pirjo", "Pirjo", "Olli"], "Sukunimi": ["Salo", "Salo", "Oja"],
                         "Yritys": ["As Oy Yksi", "As Oy Kaksi", "As Oy Kaksi"],
                         "Puhelin": ["040 123 4567", "040 123 4567", "050 765 4321"]})
    run(csv(rows), "--out", "out.csv")
    found = answer()
    assert found["cluster_id"].is_unique and found["person_id"].tolist() == ["1", "1", "2"]
    assert found["why"].fillna("").str.contains("same mobile, same surname, same first name, other firm").tolist() == [
        True, True, False]
    assert found["why"].str.match("row [32]: ").tolist()[:2] == [True, True]
    assert (found["match_probability"].astype(float) > 0.5).tolist() == [True, True, False]


def test_columns_can_be_named_and_a_table_with_foreign_titles_is_then_one_of_contacts() -> None:
    rows, _ = contacts(300)
    strange = rows.drop(columns="Hymiö").set_axis(list("abcdefgh"), axis=1)
    names = "first_name=a,last_name=b,company=c,email=d,phone=e,street=f,postcode=g,city=h"
    run(csv(strange), "--out", "out.csv", "--columns", names)
    named = answer()
    run(csv(rows.drop(columns="Hymiö")), "--out", "out.csv")
    assert named["person_id"].tolist() == answer()["person_id"].tolist()


def test_two_files_are_linked_and_say_of_which_file_each_row_is() -> None:
    first, second = MADE.iloc[:250].reset_index(drop=True), MADE.iloc[250:].reset_index(drop=True)
    csv(second.drop(columns=["entity", "town"]), "second.csv")
    said = run(csv(first.drop(columns="entity")), "second.csv", "--out", "out.csv")
    found = answer()
    assert list(found) == ["first", "last", "born", "town", "file_no", *ADDED]
    assert found["file_no"].value_counts().to_dict() == {"1": 250, "2": 150}
    together = found[found.duplicated("cluster_id", keep=False)]
    assert len(together) > 100 and (together.groupby("cluster_id")["file_no"].nunique() == 2).all()
    assert together["why"].str.match(r"row [12]/\d+: ").all()
    assert re.search("town +only in one of the files", said)
    run("second.csv", "in.csv", "--out", "out.csv")
    exchanged = answer()
    back = pd.concat([exchanged[exchanged["file_no"] == "2"], exchanged[exchanged["file_no"] == "1"]])
    assert same_partition(found["cluster_id"].to_numpy(), back["cluster_id"].to_numpy()), "either file may be the first"


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless_and_a_number_stays() -> None:
    rows = MADE.drop(columns="entity").assign(town="=cmd|' /C calc'!A0", **{"+1": "-12,5"})
    run(csv(rows), "--out", "out.csv")
    found = answer()
    assert found["town"].unique().tolist() == ["'=cmd|' /C calc'!A0"] and found["+1"].unique().tolist() == ["-12,5"]


@pytest.mark.parametrize(("language", "word"), [("fi", "rivi "), ("en", "row ")])
def test_why_is_said_in_the_language_of_the_policy(language: str, word: str) -> None:
    Path("policy.toml").write_text(
        f'language = "{language}"\n[controller]\nname = "Myyjä Oy"\nown_business_ids = ["9900011-4"]\n'
        '[people]\nsteward = "Liisa"\n[periods]\nstarts_on = 2026-11-01\n', encoding="utf-8")
    run(csv(MADE.drop(columns="entity")), "--out", "out.csv")
    assert answer()["why"].dropna().str.startswith(word).all()


def test_a_table_that_tells_too_little_is_answered_with_a_warning() -> None:
    assert "More than a fifth" in run(csv(shapes.products(1500).drop(columns="entity")), "--out", "out.csv")


def refused(*words: object) -> str:
    with pytest.raises(RefusedError) as error:
        CliRunner().invoke(app, ["match", *map(str, words)], catch_exceptions=False)
    return str(error.value)


def test_a_broken_file_is_named_by_number_and_row_without_a_value_and_nothing_is_written() -> None:
    Path("in.csv").write_text("first;last;born\nMatti;Virtanen;1.1.1970\nSalainen;Nimi\n", encoding="utf-8")
    csv(MADE.drop(columns="entity"), "second.csv")
    said = refused("second.csv", "in.csv", "--out", "out.csv")
    assert "file 2" in said and "row 3" in said and "Salainen" not in said
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(("words", "says"), [
    (("in.csv", "--out", "in.csv"), "another name"), (("in.csv", "--out", "./in.csv"), "another name"),
    (("in.csv", "--out", "out.txt"), ".csv, .xlsx"), (("in.csv", "--out", "none/out.csv"), "a directory that exists"),
    (("missing.csv", "--out", "out.csv"), "not a plain file"),
    (("in.csv", "--out", "out.csv", "--columns", "first"), "name=column"),
    (("in.csv", "--out", "out.csv", "--columns", "shoe=first"), "first_name, last_name"),
    (("in.csv", "--out", "out.csv", "--columns", "first_name=Matti"), "header row"),
])
def test_what_is_refused_says_what_is_allowed_and_leaves_the_file_as_it_was(words: tuple[str, ...], says: str) -> None:
    before = csv(MADE.drop(columns="entity")).read_bytes()
    assert says in refused(*words)
    assert Path("in.csv").read_bytes() == before and not Path("out.csv").exists()


@pytest.mark.parametrize("titles", [["first", "last", "cluster_id", "town"], ["first", "first", "born", "town"]])
def test_a_title_that_would_stand_twice_is_refused_by_its_column(titles: list[str]) -> None:
    csv(MADE.drop(columns="entity").set_axis(titles, axis=1))
    assert re.search(r"file 1, row 1, column [23]", refused("in.csv", "--out", "out.csv"))


def test_an_answer_that_cannot_be_written_to_its_end_leaves_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    csv(MADE.drop(columns="entity"))
    Path("out.csv").write_text("the one before")

    def stop(_: Path, __: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(match_files, "keep", stop)
    with pytest.raises(OSError, match="no space"):
        CliRunner().invoke(app, ["match", "in.csv", "--out", "out.csv"], catch_exceptions=False)
    assert Path("out.csv").read_text() == "the one before"
