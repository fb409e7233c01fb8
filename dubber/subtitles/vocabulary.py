"""Words that the rules for speakers and sounds know."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand before a colon in any text and name nobody.
NOT_NAMES = words(
    "music song theme note notes nb ps p.s warning caution attention danger example question answer rule step number "
    "time date place "
    "location translation translated translator subtitles subtitle sync synced corrected encoded remember listen look "
    "fact problem result reason conclusion summary update breaking today tonight tomorrow yesterday previously next "
    "chapter part episode season act scene title subject re fwd from to cc address phone tel email website http https "
    "and but so or because that this these those is are was were says said reads quote first second third finally "
    "plus also however anyway remark hint tip option plan score total price cost edit exit error status code password "
    "nota anmerkung hinweis achtung beispiel frage antwort note remarque attention exemple question réponse aviso "
    "pregunta respuesta ejemplo pergunta resposta exemplo nota attenzione domanda risposta esempio übersetzung "
    "untertitel traduction traducción tradução 注 译注 注意 注释"
)
# Verbs of English sound descriptions; their forms are "sighs" and "sighing". The bare verb is listed apart, in NOISES,
# since "Ring", "Bang" and "Hum" are also people.
VERBS = words(
    "sigh laugh gasp groan chuckle giggle cackle guffaw cough sniff sniffle sob cry weep wail scream shout yell "
    "whisper mutter mumble murmur grunt pant snore whistle hum exhale inhale breathe scoff snicker snigger sneer "
    "stammer "
    "stutter growl snarl whimper wheeze yelp shriek squeal squeak creak bark meow neigh whinny moo bleat chirp "
    "squawk "
    "howl roar purr beep buzz click clap cheer applaud clatter clang clank thud thump bang crash slam knock "
    "rustle rumble "
    "crackle sizzle hiss whoosh whir whirr chime toll jingle jangle rattle ring blare honk screech squelch gurgle "
    "gulp "
    "slurp burp belch hiccup hiccough sneeze yawn retch vomit gag choke strain snort tut tsk hush sing chant "
    "vocalize "
    "vocalise warble trill echo grumble mumble babble chatter clamor thunder splash drip splatter patter pop swoosh "
    "swish whizz zap clink ding dong tick chew munch sip spit hyperventilate shudder tremble whine croon "
    "yodel boo jeer squish ululate grind gnash smack sputter splutter crunch rev blubber caw coo hoot quack cluck "
)
NOISES = words(
    "laugh laughs sigh sighs gasp gasps groan chuckle chuckles giggle cough sob sobs scream screams yawn sneeze "
    "snort "
    "hiccup burp grunt sniff sniffles laughter applause cheers chuckling giggles whistling crying cries cried "
    "whimper "
    "inaudible indistinct unintelligible indistinctly inaudibly crosstalk footsteps gunshot gunshots gunfire "
    "explosion "
    "bleep bleeps expletive expletives pause "
    "explosions thunderclap heartbeat ululation unclear coughs sic blank_audio muffled stammering muttering "
    "murmurs chatter chattering clamor clamour commotion thunder siren sirens applauds ovation babbling "
    # German
    "lacht lachen lachend gelächter kichert kichern seufzt seufzen seufzend stöhnt stöhnen hustet husten räuspert "
    "schluchzt schluchzen weint weinend schreit schreien flüstert flüstern flüsternd keucht keuchen schnauft "
    "schnaubt schnarcht "
    "schnarchen gähnt niest pfeift pfeifen summt summen applaus beifall jubel jubelt donnergrollen donnert "
    "sirenengeheul "
    "klingelt klingeln piept piepen bellt miaut wiehert knarrt knarren quietscht quietschen knallt schuss schüsse "
    "stimmengewirr "
    "gemurmel unverständlich undeutlich hupt hupen klopft klopfen rauschen raschelt kreischt kreischen brüllt "
    "knurrt schniefen schnieft "
    # French
    "rit rient rire rires ricane ricanements soupire soupirent soupir soupirs tousse toux gémit gémissent "
    "gémissement gémissements "
    "pleure pleurent pleurs sanglote sanglots hurle hurlent hurlements chuchote chuchotements murmure murmures "
    "halète renifle racle raclement "
    "sifflement chantonne grogne grognement grognements applaudissements inaudible indistinct brouhaha aboie "
    "aboiement aboiements "
    "klaxon détonation détonations ronfle ronflements bâille éternue crie crient sonnerie acclamations "
    # Spanish and Portuguese
    "ríe ríen risas risita risitas carcajada carcajadas suspira suspiran suspiro suspiros tose tosen gime gimen "
    "gemido gemidos "
    "llora lloran llanto solloza sollozan sollozos grita gritan gritos susurra susurran jadea jadean jadeos gruñe "
    "gruñen gruñido gruñidos "
    "bosteza estornuda tararea carraspea carraspeo "
    "aplausos ovación ininteligible indistinto ladra ladridos maúlla claxon disparo "
    "disparos bocinazo "
    "riem risos risada risadas gargalhada gargalhadas tosse chora choram choro soluça soluços sussurra sussurros "
    "ofega rosna "
    "boceja espirra assobia assobio latido latidos buzina tiros explosão inaudível indistinta ininteligível batidas "
    # Italian
    "ridono risata risate sospira sospirano sospiro sospiri tossisce tossiscono gemiti piange piangono pianto "
    "singhiozza singhiozzi "
    "urla urlano sussurri ansima ansimano grugnisce sbadiglia starnutisce fischia canticchia applausi abbaia "
    "spari sparo esplosione "
    "esplosioni indistinte incomprensibile ridacchia gridano "
    # Dutch, Nordic languages, Polish, Czech, Turkish
    "zucht hoest snikt schreeuwt fluistert gelach gejuich geroezemoes onverstaanbaar gezang zuchten hijgt kucht "
    "skrattar suckar hostar gråter viskar applåder jubel ohörbart skratt fnissar sukker hoster græder hvisker "
    "bifald latter klapsalve "
    "gråter hvisker stønner ler hikster puster "
    "śmiech śmieje śmieją wzdycha kaszle płacze krzyczy szepcze oklaski jęczy niezrozumiale smích směje vzdychá "
    "kašle pláče potlesk křičí "
    "gülüyor güler kahkaha öksürür öksürüyor ağlıyor ağlar alkış fısıldar fısıldıyor inliyor çığlık anlaşılmıyor "
)
# What transcribers mark; a lecture's [inaudible] does not mean that its other brackets are sounds.
TRANSCRIBED = words(
    "inaudible indistinct unintelligible crosstalk sic unclear laugh laughs laughter applause cough coughs"
)
# Words of sound descriptions that stand in other parentheses too: "(music)" alone is a sound, "art (music)" is not.
QUIETLY = words(
    "pausa pause cocking strained straining music musical song theme melody piano guitar orchestra drums drumming "
    "drumroll door phone telephone "
    "cellphone bell "
    "bells doorbell buzzer alarm horn engine motor gun rain wind bird birds dog dogs cat crowd audience static "
    "noise sound "
    "sounds voice voices beat buzzing playing plays continues continuing stops stopping starts fades fading opens "
    "opening closes "
    "closing approaching departing ends speaking speaks talking talks clears clearing throat kisses kissing "
    "dramatic ominous eerie upbeat "
    "suspenseful soft softly loudly quietly angrily distant faint faintly background chuckled whispered "
    "sarcastically sighing "
    "breath breaths heavily nervously excitedly tearfully himself herself themselves accent mouthing groggily "
    "mockingly calmly gently sternly "
    "firmly weakly hoarsely slowly flatly drily dryly playfully sadly happily amused indistinctive radio "
    "television tv pause "
    "pauses beat narrating screaming automated distorted robotic electronic foreign imitating imitates mimicking "
    "mimics reading translated "
    "musik lied singt telefon tür donner hupe sirene motor glocke glocken leise laut spielt stimme stimmen stille "
    "läutet läuten hund schritte regen wind "
    "musique chanson porte téléphone cloche cloches moteur sirène tonnerre pas voix bruit bruits chante sonne "
    "silence chien vent pluie coup coups "
    "música canción puerta teléfono campana campanas motor sirena sirenas trueno truenos pasos voz voces ruido "
    "ruidos canta cantan suena silencio timbre perro "
    "porta telefone sino sinos trovão passos voz vozes ruído barulho toca canto cão cachorro "
    "musica canzone telefono campanello motore tuono tuoni passi voci rumore rumori canta suona silenzio cane "
    "ride ridendo ri rindo riendo risa riso cris "
    "muziek deur telefoon stilte applaus lacht åska telefonen ringer knackar "
    "musik musikk dör dörr sang muzyka muzyczka drzwi hudba hudební "
    "dveře müzik kapı "
)
# Other scripts and languages that bend their words: stems, found where a word begins; in Chinese, Japanese and Korean
# anywhere.
STEMS = re.compile(
    r"\b(?:сміх|сміє|смію|смех|смеё|смею|смеет|смеют|хохо|хіхі|хихи|усмеха|посмеи|музик|музык|аплод|оплеск|зітх|вздых|вздох|кашл|плаче|плач[уеьи]|"
    r"звон(?:ит|ят|ок|ки)\b|дзвон(?:ить|ять)\b|стучит|стук\b|рыда|ридає|крики?\b|кричит|кричат|кричить|кричать|шепо|шёпо|шепч|стонет|стогн|стон\b|нерозб|неразб|невнятн|выстрел|постріл|гудо?к|гул\b|"
    r"γέλι|γελά|αναστεν|βήχ|κλαί|μουσικ|χειροκρ)"
    r"|笑|音乐|音樂|音楽|掌声|掌聲|拍手|叹气|嘆氣|ため息|溜息|咳|哭|泣き|尖叫|悲鳴|鼻歌|歓声|欢呼|歡呼|喘息|呻吟|铃声|鈴聲|枪声|槍聲|爆炸声|脚步声|腳步聲|足音|"
    r"웃음|웃는|한숨|박수|음악|기침|비명|흐느|울음|(?:音|[きりめ]声|いびき|チャイム|サイレン)$",
    re.IGNORECASE,
)
# Who speaks though nobody knows the name: "[man on radio] Storm warning."
PERSONS = words(
    "man woman boy girl child kid kids men women boys girls children guy lady gentleman male female voice "
    "narrator announcer "
    "reporter newsreader anchor host interviewer interviewee guard officer soldier doctor nurse teacher student "
    "pilot "
    "dispatcher operator driver waiter waitress bartender clerk agent captain sergeant lieutenant judge lawyer "
    "mother father "
    "mom dad grandma grandpa both all crowd everyone computer speaker caller "
    "mann frau junge mädchen kind stimme erzähler sprecher sprecherin homme femme garçon fille enfant voix narrateur "
    "hombre mujer niño niña chico chica voz narrador homem mulher menino menina rapaz moça narradora uomo donna "
    "ragazzo ragazza voce narratore "
)
# First names that end as descriptions do.
LIKE_VERBS = words(
    "agnes alexis boris carlos charles chris dennis doris douglas francis frances gus hans iris james jess jonas "
    "jesus klaus "
    "lars lois lotus louis lucas lukas luis marcus markus mathias matthias moses nicholas nicolas niels niklas paris "
    "phyllis "
    "ross silas thomas tobias tess tomas travis wes andreas andrés jules yves inés elias jens mads anders miles "
    "emily lily sally "
    "molly kelly polly billy willy holly beverly kimberly shelly milly tilly reilly connolly fred ted ed ned jed "
    "alfred "
    "wilfred mohammed ahmed hamed reed"
)
# With these begins a name that is none: "[Le roi]", "[La reina]", "[Der Wirt]", "[Il re]", "[De koning]", "[O rei]".
ARTICLES = words("the le la les el los las il lo gli i der die das de het o a os as")
QUALITIES = words(
    "old young little big other first second third vieux vieil vieille jeune petit petite grand grande gros grosse "
    "autre premier première deuxième second seconde troisième viejo vieja joven pequeño pequeña gran otro otra primer "
    "primero primera segundo segunda tercer tercera vecchio vecchia giovane piccolo piccola altro altra primo prima "
    "secondo seconda terzo terza alte alter junge junger kleine kleiner große großer andere anderer erste erster "
    "zweite zweiter dritte dritter oude jonge kleine grote eerste tweede derde velho velha jovem pequeno pequena "
    "outro outra primeiro primeira terceiro terceira"
)
JOINERS = words("and & + und et y e i и та og och en ve with")
# Behind these words a parenthesis is a part of the sentence: "(which is late)".
CLAUSES = words(
    "which who whom whose that and but or so because if when where while as than though although since for of by "
    "like not no yes i.e e.g or also even just only maybe perhaps actually well plus including this these "
    "und aber oder weil wenn dass als wie also nicht nur auch "
    "qui que dont où et mais ou car si quand comme pas donc "
    "quien donde pero porque cuando como es "
    "onde mas porque não che dove ma perché non cioè "
)
# With one of these inside, a parenthesis says something of its own: "(I told you)". Not in capitals: "(WE HEAR MUSIC)".
PRONOUNS = words(
    "i you we me us my your our i'm i'll i've i'd you're you'll you've we're we'll we've let's ich du wir mich "
    "dich uns mein dein unser "
    "je tu nous vous moi toi mon ton notre votre j'ai yo tú nosotros vosotros usted mi tu nuestro eu você vocês "
    "nós meu minha seu "
    "io noi voi mio я ты мы вы мне тебе мой ти ми ви ik jij wij jag vi jeg ja my ty"
)
LANGUAGES = words(
    "english french german spanish italian portuguese russian japanese chinese mandarin cantonese korean arabic "
    "hebrew hindi "
    "dutch swedish danish norwegian finnish polish czech greek turkish latin vietnamese thai irish gaelic welsh "
    "hungarian "
    "ukrainian serbian croatian bulgarian romanian persian farsi urdu punjabi swahili yiddish foreign native "
    "englisch deutsch französisch spanisch italienisch russisch anglais allemand français espagnol italien russe "
    "inglés alemán "
    "francés español italiano ruso inglês alemão francês espanhol inglese tedesco francese spagnolo russo"
)
