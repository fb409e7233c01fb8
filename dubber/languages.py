"""Language tags: BCP 47 as people write them, and the three letters that containers store (ISO 639-2). PURE."""

from __future__ import annotations

# ISO 639-1 → ISO 639-2/T, "/" ISO 639-2/B where that differs (Matroska and MP4 files hold both kinds).
_TABLE = """
aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel bg bul bh bih bi bis
bm bam bn ben bo bod/tib br bre bs bos ca cat ce che ch cha co cos cr cre cs ces/cze cu chu cv chv cy cym/wel da dan
de deu/ger dv div dz dzo ee ewe el ell/gre en eng eo epo es spa et est eu eus/baq fa fas/per ff ful fi fin fj fij fo fao
fr fra/fre fy fry ga gle gd gla gl glg gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye/arm
hz her ia ina id ind ie ile ig ibo ii iii ik ipk io ido is isl/ice it ita iu iku ja jpn jv jav ka kat/geo kg kon ki kik
kj kua kk kaz kl kal km khm kn kan ko kor kr kau ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim ln lin
lo lao lt lit lu lub lv lav mg mlg mh mah mi mri/mao mk mkd/mac ml mal mn mon mr mar ms msa/may mt mlt my mya/bur na nau
nb nob nd nde ne nep ng ndo nl nld/dut nn nno no nor nr nbl nv nav ny nya oc oci oj oji om orm or ori os oss pa pan
pi pli pl pol ps pus pt por qu que rm roh rn run ro ron/rum ru rus rw kin sa san sc srd sd snd se sme sg sag si sin
sk slk/slo sl slv sm smo sn sna so som sq sqi/alb sr srp ss ssw st sot su sun sv swe sw swa ta tam te tel tg tgk th tha
ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr ur urd uz uzb ve ven vi vie vo vol
wa wln wo wol xh xho yi yid yo yor za zha zh zho/chi zu zul
"""
_WORDS = _TABLE.split()
FLAGS = frozenset({"default", "forced", "foreign", "sdh", "hi", "cc"})  # what else a subtitle file's name says of it
THREE = dict(zip(_WORDS[::2], (word.split("/")[0] for word in _WORDS[1::2]), strict=True))
_TWO = {name: short for short, word in zip(_WORDS[::2], _WORDS[1::2], strict=True) for name in word.split("/")}


def base(tag: str) -> str:
    """The language of a tag without region or script, two letters where there are two: pt-BR → pt, ger → de."""
    word = tag.strip().lower().replace("_", "-").split("-")[0]
    return _TWO.get(word, word)


def three_letters(tag: str) -> str:
    """What a container's language field holds: en-GB → eng; "und" for what has no code."""
    word = base(tag)
    return THREE.get(word, word if len(word) == 3 and word.isalpha() else "und")


def same(one: str, other: str) -> bool:
    """Whether two tags name one language: fr, fre, fra and fr-CA do."""
    return bool(one) and base(one) == base(other)


def known(word: str) -> bool:
    """Whether a word of a file's name is a language tag: en, eng, pt-BR; not "cut" or "x264"."""
    first = word.lower().replace("_", "-").split("-")[0]
    return first in THREE or first in _TWO
