"""ASS: speakers are people; signs, songs and notes in many languages are not speech."""

from __future__ import annotations

import pytest

from dubber.model import Script
from dubber.subtitles import Reading, parse


def event(text: str, start: int, style: str = "Default", name: str = "", length: int = 1) -> str:
    return f"Dialogue: 0,0:00:{start:02}.00,0:00:{start + length:02}.00,{style},{name},0,0,0,,{text}"


def ass(*events: str, styles: tuple[str, ...] = (), **reading: object) -> Script:
    head = "[Script Info]\n[V4+ Styles]\n" + "".join(f"Style: {style},Arial,20\n" for style in styles) + "[Events]\n"
    return parse((head + "\n".join(events)).encode(), ".ass", Reading(**reading))  # type: ignore[arg-type]


def said(script: Script) -> list[tuple[str | None, str]]:
    return [(cue.speaker, cue.text) for cue in script.cues]


LAYOUTS = (
    "Legenda", "Principal", "Diálogo", "Default", "Fala", "Pensamento", "Padrão", "Sous-titres", "Untertitel",
    "Sottotitoli",
    "Testo", "Conversa",
)  # fmt: skip


@pytest.mark.parametrize("style", LAYOUTS)
def test_a_layout_is_nobody_in_every_episode(style: str) -> None:
    for talk in (["Olá.", "Sim."], [f"{style}, Anna!", f"{style}!"]):
        script = ass(*[event(text, n, style) for n, text in enumerate(talk)], styles=(style, "Signs"))
        assert {cue.speaker for cue in script.cues} == {None}


def test_styles_are_people_where_several_are_named_like_people_and_the_same_in_every_episode() -> None:
    styles = ("Default", "Marta", "Jonas", "Top")
    first = ass(
        event("Hi, Jonas.", 1, "Marta"),
        event("Hi.", 2, "Jonas"),
        event("So.", 3),
        event("x y", 4, "Top"),
        styles=styles,
    )
    second = ass(event("Nobody is here.", 1, "Marta"), event("No.", 2), event("Yes.", 3), styles=styles)
    assert [cue.speaker for cue in first.cues] == ["Marta", "Jonas", None, None]
    assert [cue.speaker for cue in second.cues] == ["Marta", None, None]


def test_the_style_of_nearly_all_text_is_no_person_whatever_its_name() -> None:
    script = ass(*[event(f"Line {n}.", n, "Golden Harbour") for n in range(1, 9)], event("Hm.", 9, "Marta"))
    assert {cue.speaker for cue in script.cues} == {None}


@pytest.mark.parametrize(
    "name", ["6", "134", "He said that he would come back", "(Nota", "{SIGN", "Wait!", "NTP", "Romaji", "Tradução"]
)
def test_numbers_sentences_and_remarks_are_no_names(name: str) -> None:
    assert said(ass(event("Hello.", 1, name=name), event("Yes.", 2, name="Anna"))) == [
        (None, "Hello."),
        ("Anna", "Yes."),
    ]


def test_dialogue_of_somebody_who_is_named_is_dialogue_wherever_it_stands() -> None:
    script = ass(
        event("Not me.", 1, name="Anna"), event(r"{\pos(640,80)}Then who?", 2, name="Anna"), event("Hm.", 3),
        event("Hm, no.", 4),
        event(r"{\pos(1,2)}BAKERY", 5), event(r"{\pos(1,2)}SHOP", 6, name="typesetter"),
        event(r"{\move(1,2,3,4)}INN", 7, "Signs", "Anna"),
    )  # fmt: skip
    assert [text for _, text in said(script)] == ["Not me.", "Then who?", "Hm.", "Hm, no."]


SONGS_AND_SIGNS = (
    "N!", "Nota", "Notas", "Comentario", "Comentário", "note", "Notes", "Título", "Titulo do ep", "Titre", "Titel",
    "Titolo", "Abertura",
    "Encerramento", "Apertura", "Générique", "Chanson", "Canción", "Canzone", "Lied", "Música", "Karaokê", "Romanji",
    "Placa", "Letrero",
    "Panneau", "Schild", "Cartello", "Créditos", "Anmerkung", "Remarque", "logokintoun", "OP - English",
)  # fmt: skip


@pytest.mark.parametrize("style", SONGS_AND_SIGNS)
def test_notes_titles_and_songs_are_not_spoken_in_any_of_these_languages(style: str) -> None:
    script = ass(event("Olá.", 1), event("la la", 2, style), event("Sim.", 3), styles=("Default", style))
    assert [text for _, text in said(script)] == ["Olá.", "Sim."]
    assert script.left_out[0].text == "la la" and style in script.left_out[0].reason


def test_what_is_shown_only_with_a_song_is_its_translation() -> None:
    song = [event(f"umi no uta {n}", n, "OP Romaji") for n in range(1, 6)]
    translation = [event(f"song of the sea {n}", n, "Azul") for n in range(1, 6)]
    talk = [event(f"We sail, {n}.", n) for n in range(10, 40)]
    script = ass(*song, *translation, *talk, event("Now we sail.", 3))
    assert len(script.cues) == 31 and all("sail" in cue.text for cue in script.cues)
    assert "as its translation" in script.left_out[-1].reason


def test_markup_of_other_formats_is_markup_in_ass_too() -> None:
    script = ass(event(r"{=12}<i>Really?</i> <b>No</b>, 3 < 4 and <font color=red>red</font>.", 1))
    assert said(script) == [(None, "Really? No, 3 < 4 and red.")]


@pytest.mark.parametrize("dash", ["-", "–", "—", "－"])
def test_dashes_are_two_speakers_and_only_the_first_is_the_one_that_is_named(dash: str) -> None:
    assert said(ass(event(rf"{dash} Who?\N{dash} Me.", 1, name="Anna"))) == [("Anna", "Who?"), (None, "Me.")]
    both = ass(event(rf"{dash} Who?\N{dash} Me.", 1, name="Anna/Bruno"), event("So.", 2, name="Anna"))
    assert said(both)[:2] == [("Anna", "Who?"), ("Bruno", "Me.")]


def test_a_name_that_says_note_is_a_translators_note() -> None:
    script = ass(event("Sim.", 1), event("Soumen é macarrão.", 2, name="Nota"))
    assert [left.reason for left in script.left_out] == ["a translator's note"]


@pytest.mark.parametrize("word", ["sign", "Signs", "SIGN", "Sign 2"])
def test_a_sign_is_one_by_its_name_as_by_its_style(word: str) -> None:
    script = ass(event("Bakery", 1, name=word), event("Closed", 2, word), event("Hi.", 3, name="Signe"))
    assert said(script) == [("Signe", "Hi.")]


@pytest.mark.parametrize("word", ["Notizen", "Notiz", "Anmerkung", "Anmerkungen"])
def test_a_note_is_one_by_its_name_as_by_its_style(word: str) -> None:
    script = ass(event("Ein Gruß", 1, name=word), event("Ein Fest", 2, word), event("Hallo.", 3))
    assert said(script) == [(None, "Hallo.")]


@pytest.mark.parametrize("text", ["Anm.: Gruß", "Anm. d. Ü.: ein Gruß", "N. del T.: saludo", "NdT: salut", "N.T.: olá"])
def test_a_note_of_the_translator_is_one_by_its_beginning(text: str) -> None:
    script = ass(event(text, 1), event("Hi.", 2))
    assert said(script) == [(None, "Hi.")] and "a translator's note" in {one.reason for one in script.left_out}
