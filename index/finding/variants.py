"""Other spellings of one word: Indonesian before and after 1947 and 1972, Arabic words in Latin letters, loanwords.

A search for a word also finds these, behind what has the word as it was typed. The rules are those of the spelling
reforms (van Ophuijsen 1901, Soewandi 1947, EYD 1972); what no rule gives stands in a table.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: From the old letters to those of today, all at once: the j of djaja is y, its dj is j.
_NEW = {"oe": "u", "dj": "j", "tj": "c", "nj": "ny", "sj": "sy", "ch": "kh", "j": "y"}
_OLD_LETTERS = re.compile("oe|dj|tj|nj|sj|ch|j")
_EARLY_MARKS = re.compile("oe|dj|tj|nj|sj")
#: Where even a short word is surely of long ago: tjap, djam.
_SURE_MARKS = re.compile("[dtn]j..$")

#: Back again; of the two reforms the first changed oe only, and in names people keep oe alone.
_REPUBLIC = {"j": "dj", "c": "tj", "ny": "nj", "sy": "sj", "kh": "ch", "y": "j"}
_COLONY = {**_REPUBLIC, "u": "oe"}
_NEW_LETTERS = re.compile("ny|sy|kh|[jcyu]")
#: What no Indonesian word has: such a word was never spelt otherwise.
_FOREIGN = re.compile("tion|ck|th|ph|x|ee|oo|ss|ll|tt|ff|gh|wh|[^aiueo]y$")

#: Shorter words are too often other words: poet is not put.
SHORTEST = 5

#: So many other spellings are looked up for one word.
MOST = 8

#: Words that libraries write in several ways which no rule joins. Each line is one word.
SAME = """
quran alquran
syariah syariat sharia shariah syari sariah
hadis hadits hadith hadist
salat shalat sholat solat
fikih fiqih fiqh fikh
zikir dzikir dhikr
ustaz ustadz ustad
ramadan ramadhan
wudu wudhu
akidah aqidah
tauhid tawhid
tarekat tarikat tariqat tariqah
tasawuf tasawwuf
ijtihad idjtihad
khotbah khutbah chotbah
mazhab madzhab
nikah nikaah
sunah sunnah
umat ummat
musala mushala musholla mushalla
muhammad mohammad mohamad muhamad muchammad mohammed
ahmad achmad akhmad
usman utsman uthman
umar oemar omar
husein husain hussein hoesein
yogyakarta jogjakarta jogyakarta yogjakarta djokjakarta djogjakarta jokjakarta
yogya jogja jogya yogja djokja
surakarta soerakarta
aceh atjeh acheh
cirebon tjirebon cheribon
sumatra sumatera soematra
sulawesi celebes
jawa djawa java
analisis analisa
sistem sistim
praktik praktek
aktivitas aktifitas
efektivitas efektifitas
kreativitas kreatifitas
produktivitas produktifitas
metode metoda
teknologi tehnologi
teknik tehnik
kualitas kwalitas
kuantitatif kwantitatif
kuitansi kwitansi
frekuensi frekwensi
konsekuensi konsekwensi
objek obyek
objektif obyektif
subjek subyek
subjektif subyektif
proyek projek
manajemen managemen
manajer manager
nasihat nasehat
ijazah ijasah
izin ijin
zaman jaman
paham faham
pikir fikir
pasal fasal
telepon telpon tilpon
provinsi propinsi
februari pebruari
november nopember
apotek apotik
atlet atlit
hakikat hakekat
surga sorga
karier karir
kategori katagori
standar standard
standardisasi standarisasi
survei survey
esai essay esei
hipotesis hipotesa
sintesis sintesa
diagnosis diagnosa
tesis thesis
risiko resiko
jadwal jadual
kaidah kaedah
khazanah hazanah khasanah
lembap lembab
napas nafas
sekadar sekedar
silakan silahkan
terampil trampil
utang hutang
varietas varitas
wujud ujud
ekstrem ekstrim
kompleks komplek
linguistik lingguistik
masyarakat masjarakat
"""


def _table() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for line in SAME.split("\n"):
        words = line.split()
        for word in words:
            found.setdefault(word, {}).update(dict.fromkeys(words))
    return {word: tuple(other for other in others if other != word) for word, others in found.items()}


_TABLE = _table()


@lru_cache(maxsize=1)
def _roots() -> frozenset[str]:
    """The root words of today that the stemmer knows."""
    from Sastrawi.Stemmer.StemmerFactory import StemmerFactory  # slow to import; only who searches pays

    return frozenset(StemmerFactory().get_words())


def modern(word: str) -> tuple[str, ...]:
    """What a folded word of an old spelling is today, most likely first; () for one without an old letter."""
    if len(word) < SHORTEST and not _SURE_MARKS.match(word):
        return ()
    if not _OLD_LETTERS.search(word):
        return ()
    whole = _OLD_LETTERS.sub(lambda m: _NEW[m.group()], word)
    if not _EARLY_MARKS.search(word):
        return () if word in _roots() else (whole,)  # raja is a word of today, not the raya of 1950
    marks = _EARLY_MARKS.sub(lambda m: _NEW[m.group()], word)
    again = marks.replace("j", "y")  # Djogjakarta is Yogyakarta, though djalan is jalan
    return tuple(dict.fromkeys(one for one in (whole, marks, again) if one != word))


def old(word: str) -> tuple[str, ...]:
    """How a folded word of today was written: of 1947, of 1901, and with oe alone; none that is a word of today."""
    if len(word) < SHORTEST - 1 or not _NEW_LETTERS.search(word) or _FOREIGN.search(word):
        return ()
    found: tuple[str, ...] = (
        _NEW_LETTERS.sub(lambda m: _REPUBLIC.get(m.group(), m.group()), word),
        _NEW_LETTERS.sub(lambda m: _COLONY[m.group()], word),
        word.replace("u", "oe"),
    )
    if len(word) < SHORTEST:
        found = found[:1]  # jaya was djaja, but put was never poet
    return tuple(one for one in dict.fromkeys(found) if one != word and one not in _roots())


@lru_cache(maxsize=20_000)
def variants(word: str) -> tuple[str, ...]:
    """Other spellings of a folded word, without the word itself, at most MOST.

    >>> variants("soekarno")
    ('sukarno',)
    """
    known = _TABLE.get(word, ())
    if not (word.isascii() and word.isalpha()):
        return known
    found = dict.fromkeys(known)
    newer = modern(word)
    found.update(dict.fromkeys(newer))
    for today in newer if _EARLY_MARKS.search(word) else (word, *newer):
        found.update(dict.fromkeys(old(today)))
        found.update(dict.fromkeys(_TABLE.get(today, ())))
    found.pop(word, None)
    return tuple(found)[:MOST]
