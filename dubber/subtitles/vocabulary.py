"""Words that the rules for speakers and sounds know."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand before a colon in any text and name nobody.
NOT_NAMES = words(
    "note notes nb ps p.s warning caution attention danger example question answer rule step number time date place "
    "location translation translated translator subtitles subtitle sync synced corrected encoded remember listen look "
    "fact problem result reason conclusion summary update breaking today tonight tomorrow yesterday previously next "
    "chapter part episode season act scene title subject re fwd from to cc address phone tel email website http https "
    "and but so or because that this these those is are was were says said reads quote first second third finally "
    "plus also however anyway remark hint tip option plan score total price cost edit exit error status code password "
    "nota anmerkung hinweis achtung beispiel frage antwort note remarque attention exemple question réponse aviso "
    "pregunta respuesta ejemplo pergunta resposta exemplo nota attenzione domanda risposta esempio übersetzung "
    "untertitel traduction traducción tradução 注 译注 注意 注释"
)
# Stems of sound descriptions, for brackets: "[Sighs] I know" is no person called Sighs.
SOUNDS = re.compile(
    r"\b(?:sigh|laugh|gasp|groan|moan|chuckl|giggl|cough|sniff|sob|cry|cries|crying|scream|shout|yell|whisper|mutter|mumbl|grunt|pant|"
    r"snor|whistl|hum|sing|clear|applau|cheer|music|door|phone|bell|ring|knock|thud|bang|crash|siren|horn|engine|gun|"
    r"explo|thunder|wind|rain|bird|dog|bark|meow|beep|buzz|click|clap|footstep|indistinct|inaudible|chatter|crowd|"
    r"silence|static|echo|exhal|inhal|breath|scoff|snicker|stammer|stutter|speak|in (?:english|french|german|spanish)|"
    r"continu|on (?:tv|phone|radio)|over (?:phone|radio|pa)|voice|seufz|lach|rire|soupir|rit|risas|suspir|ride|sospir|"
    r"gemido|grito|schrei|stöhn|weint|musik|musique|música|musica|applaus|笑|音乐|掌声|"
    r"сміх|смі[єю]|сме[хёю]|смеет|музик|музык|аплод|оплеск|зітх|вздых|кашл|плач|крик|крич|шепо|нерозб|неразб)"
    r"|(?:音|[きりめ]声|悲鳴|鼻歌)$",
    re.IGNORECASE,
)
