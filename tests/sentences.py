"""Invented lines of dialogue in many languages, for tests of languages and code pages."""

# ruff: noqa: E501 - East Asian letters are two columns wide

from __future__ import annotations

import random

SENTENCES = {
    "en": "Who left the lamp on the stairs?|I don’t know, it wasn’t me.|The boat leaves at noon, with or without you.|"
    "Then we should hurry.|My sister never liked the café by the harbour.|What a pity – she was naïve.",
    "de": "Wer hat die Lampe auf der Treppe vergessen?|Ich weiß es nicht, das war nicht ich.|Das Boot fährt um zwölf.|"
    "Dann müssen wir uns beeilen.|Meine Schwester mochte die Brücke nie.|Schöne Grüße aus dem Süden!",
    "fr": "Qui a laissé la lampe dans l’escalier ?|Je ne sais pas, ce n’était pas moi.|Le bateau part à midi.|"
    "Alors il faut se dépêcher.|Ma sœur n’a jamais aimé ce café-là.|C’est déjà trop tard, hélas.",
    "es": "¿Quién dejó la lámpara en la escalera?|No lo sé, yo no fui.|El barco sale a mediodía, contigo o sin ti.|"
    "Entonces tenemos que darnos prisa.|A mi hermana nunca le gustó el puerto.|¡Qué lástima, señor!",
    "pt": "Quem deixou a lâmpada na escada?|Não sei, não fui eu.|O barco parte ao meio-dia, com você ou não.|"
    "Então precisamos nos apressar.|A minha irmã nunca gostou daquele café.|Você já está aí, João?",
    "it": "Chi ha lasciato la lampada sulle scale?|Non lo so, non sono stato io.|La barca parte a mezzogiorno, perché sì.|"
    "Allora dobbiamo sbrigarci.|A mia sorella non è mai piaciuta la città.|È già troppo tardi, però.",
    "nl": "Wie heeft de lamp op de trap laten staan?|Ik weet het niet, ik was het niet.|De boot vertrekt om twaalf uur.|"
    "Dan moeten we ons haasten.|Mijn zus heeft nooit van het café gehouden.|Eén ding, zei ze, en toen één vraag.",
    "sv": "Vem glömde lampan i trappan?|Jag vet inte, det var inte jag.|Båten går klockan tolv, med eller utan dig.|"
    "Då måste vi skynda oss.|Min syster har aldrig tyckt om hamnen.|Det är för sent nu, är jag rädd.",
    "da": "Hvem har glemt lampen på trappen?|Det ved jeg ikke, det var ikke mig.|Båden sejler klokken tolv.|"
    "Så må vi skynde os.|Min søster har aldrig brudt sig om havnen.|Det er desværre for sent, kære ven.",
    "fi": "Kuka jätti lampun portaisiin?|En tiedä, en se minä ollut.|Vene lähtee keskipäivällä, sinun kanssasi tai ei.|"
    "Sitten meidän täytyy kiirehtiä.|Siskoni ei ole koskaan pitänyt satamasta.|Nyt on jo liian myöhäistä.",
    "pl": "Kto zostawił lampę na schodach?|Nie wiem, to nie byłem ja.|Łódź odpływa w południe, z tobą albo bez ciebie.|"
    "Więc musimy się pośpieszyć.|Moja siostra nigdy nie lubiła tej kawiarni.|Już jest za późno, niestety.",
    "cs": "Kdo nechal lampu na schodech?|Nevím, já to nebyl.|Loď odplouvá v poledne, s tebou nebo bez tebe.|"
    "Tak to si musíme pospíšit.|Moje sestra nikdy neměla ráda přístav.|Teď už je bohužel příliš pozdě.",
    "hu": "Ki hagyta a lámpát a lépcsőn?|Nem tudom, nem én voltam.|A hajó délben indul, veled vagy nélküled.|"
    "Akkor sietnünk kell.|A nővérem sosem szerette a kikötőt.|Most már túl késő, sajnos így történt.",
    "ro": "Cine a lăsat lampa pe scări?|Nu ştiu, nu am fost eu.|Barca pleacă la prânz, cu tine sau fără tine.|"
    "Atunci trebuie să ne grăbim.|Surorii mele nu i-a plăcut niciodată oraşul.|Acum este prea târziu, îmi pare rău.",
    "tr": "Lambayı merdivende kim bıraktı?|Bilmiyorum, ben değildim.|Tekne öğlen kalkıyor, seninle ya da sensiz.|"
    "O zaman acele etmeliyiz.|Kız kardeşim o kahveyi hiç sevmedi.|Artık çok geç, ne yazık ki geç kaldık.",
    "vi": "Ai để đèn ở cầu thang vậy?|Tôi không biết, không phải tôi.|Thuyền rời bến lúc giữa trưa.|"
    "Vậy thì chúng ta phải nhanh lên.|Chị tôi chưa bao giờ thích quán đó.|Bây giờ đã quá muộn rồi.",
    "ru": "Кто оставил лампу на лестнице?|Не знаю, это был не я.|Лодка уходит в полдень, с тобой или без тебя.|"
    "Тогда нам надо поспешить.|Моя сестра никогда не любила эту гавань.|Теперь уже слишком поздно.",
    "uk": "Хто залишив лампу на сходах?|Не знаю, це був не я.|Човен відходить опівдні, з тобою чи без тебе.|"
    "Тоді нам треба поспішити.|Моя сестра ніколи не любила цю гавань.|Тепер уже занадто пізно, їй-богу.",
    "bg": "Кой остави лампата на стълбите?|Не знам, не бях аз.|Лодката тръгва по обяд, със или без теб.|"
    "Тогава трябва да побързаме.|Сестра ми никога не е харесвала това място.|Вече е твърде късно.",
    "el": "Ποιος άφησε τη λάμπα στη σκάλα;|Δεν ξέρω, δεν ήμουν εγώ.|Η βάρκα φεύγει το μεσημέρι.|"
    "Τότε πρέπει να βιαστούμε.|Η αδερφή μου δεν αγάπησε ποτέ το λιμάνι.|Τώρα είναι πολύ αργά.",
    "he": "מי השאיר את המנורה על המדרגות?|אני לא יודע, זה לא הייתי אני.|הסירה יוצאת בצהריים.|"
    "אז אנחנו צריכים למהר.|אחותי אף פעם לא אהבה את הנמל.|עכשיו כבר מאוחר מדי.",
    "ar": "من ترك المصباح على الدرج؟|لا أعرف، لم أكن أنا.|القارب يغادر عند الظهر.|"
    "إذن علينا أن نسرع.|أختي لم تحب الميناء قط.|لقد فات الأوان الآن.",
    "th": "ใครลืมตะเกียงไว้ที่บันได|ไม่รู้สิ ไม่ใช่ฉันนะ|เรือออกตอนเที่ยง|งั้นเราต้องรีบแล้ว|พี่สาวไม่เคยชอบท่าเรือเลย|ตอนนี้สายเกินไปแล้ว",
    "ja": "階段にランプを忘れたのは誰ですか。|知りません、私ではありません。|船は正午に出ます。|"
    "それなら急がなければ。|姉はあの港が好きではありませんでした。|もう遅すぎます。",
    "ko": "누가 계단에 등불을 두고 갔어요?|모르겠어요, 제가 아니에요.|배는 정오에 떠납니다.|"
    "그럼 서둘러야 해요.|언니는 그 항구를 좋아한 적이 없어요.|이제는 너무 늦었어요.",
    "zh": "谁把灯忘在楼梯上了？|我不知道，不是我。|船中午就要开了。|那我们得快点。|我姐姐从来不喜欢那个港口。|现在已经太晚了。",
    "zh-TW": "誰把燈忘在樓梯上了？|我不知道，不是我。|船中午就要開了。|那我們得快點。|我姐姐從來不喜歡那個港口。|現在已經太晚了。",
}  # fmt: skip


def lines(language: str, count: int, seed: int = 0) -> list[str]:
    """So many of a language's sentences, in an order of chance that is the same on every run."""
    chance = random.Random(f"{language} {count} {seed}")
    return [chance.choice(SENTENCES[language].split("|")) for _ in range(count)]


def srt(texts: list[str]) -> str:
    """A subtitle file: a cue of two seconds for each text, three seconds apart."""
    clock = "{:02}:{:02}:{:02},{:03}".format
    times = [(clock(at // 1200, at // 20 % 60, at % 20 * 3, 0), at) for at in range(len(texts))]
    cues = [f"{at + 1}\n{start} --> {start[:-3]}900\n{text}\n" for (start, at), text in zip(times, texts, strict=True)]
    return "\n".join(cues)
