"""Makes MARC 21 records in ISO 2709 at random from a seed: every field a lean record reads, several encodings, lying
leaders, directories in another order."""

from __future__ import annotations

import random

_TEXT = (
    "history of the computer sains data perpustakaan desa rakyat ökonomie größe éducation œuvre naïve Ærø łódź Čapek "
    "Dvořák Ñandú smörgåsbord C++ U.S. Ph.D. vol. no. 2nd [S.l.] l'homme Qur'an — ‘quoted’ A.B.C. Inc. Ltd. 1984 war & peace"
)
_WORDS = tuple(_TEXT.split())
_SCRIPTS = ("Война и мир", "東京物語", "القرآن الكريم", "ꦧꦱꦗꦮ", "Ιλιάδα")
_NAMES = ("Collins, Jack", "Toer, Pramoedya Ananta,", "Čapek, Karel,", "Müller, Jürgen", "United Nations.", "Ibn Sīnā,",
          "Larson, Kenneth B.", "Badan Pusat Statistik,")  # fmt: skip
_ENDS = ("", " /", " :", ",", ".", " ;", " =", "...", " +", ":", ";", " [etc.]", "?")
#: Tag → subfield codes it may have; indicators are drawn at random.
_FIELDS = {
    "010": "az", "015": "a2", "016": "a2", "020": "acz", "022": "alyz", "024": "a2cz", "028": "ab", "034": "abdefg",
    "035": "az", "037": "cf", "041": "ad", "050": "ab", "060": "ab", "080": "a", "082": "a2", "084": "a2", "086": "a",
    "088": "a", "090": "ab", "099": "a", "100": "abcde4q", "110": "abnd", "111": "acdne", "130": "anp", "240": "anp",
    "246": "abnp", "247": "ab", "250": "ab", "254": "a", "255": "a", "260": "abcabc", "264": "abc", "300": "abcef",
    "336": "ab", "338": "ab", "440": "anpv", "490": "anpv", "500": "a", "502": "abcdg", "504": "a", "520": "ab",
    "505": "agrt", "533": "an", "546": "a", "600": "abcdtvxyz", "610": "abvx", "630": "a", "648": "a", "650": "avxyz",
    "651": "avz", "653": "a", "655": "av", "700": "abcdet4", "710": "abt4", "711": "acn", "720": "a", "730": "anp",
    "740": "a", "773": "tgadq", "776": "iz", "800": "atv", "810": "abtv", "830": "anpv", "852": "abchijpz", "856": "u3yz",
    "866": "a8", "876": "pjt8", "880": "6abcnp", "949": "ailms", "952": "abcopq7", "040": "a", "999": "a",
}  # fmt: skip
_TYPES = "aaaaaaatcdefgijkmopr"
_FIXED = (
    "760609s1974    nyua     b    10110 eng  ",
    "200101t20192018gw a   o b    001 0 ger c",
    "990101q19001999xx |||| |||||||||||und  ",
    "990101m19901995fr a     m    000 1 fre  ",
    "990101d19511960io u p o     0   a0ind  ",
    "870101n        xx             v    zxx  ",
    "short",
    "850712s1985    io     t s  f000 0 ind d",
)
#: Letters as MARC-8 writes them.
_MARC8 = {
    "é": b"\xe2e", "É": b"\xe2E", "ö": b"\xe8o", "ü": b"\xe8u", "ï": b"\xe8i", "å": b"\xeaa", "č": b"\xe9c", "Č": b"\xe9C",
    "ř": b"\xe9r", "Ñ": b"\xe4N", "ú": b"\xe2u", "ł": b"\xb1", "ó": b"\xe2o", "ź": b"\xe2z", "Æ": b"\xa5", "ø": b"\xb2",
    "œ": b"\xb6", "ß": b"\xc7", "ī": b"\xe5i", "ā": b"\xe5a", "á": b"\xe2a", "\u0098": b"\x88", "\u009c": b"\x89",
}  # fmt: skip


def records(number: int, seed: int = 1) -> list[bytes]:
    """So many records, always the same for a seed."""
    chance = random.Random(f"lean {seed}")
    return [record(chance) for _ in range(number)]


def record(chance: random.Random) -> bytes:
    """One record."""
    encoding = chance.choice(("utf8", "utf8", "utf8", "marc8", "marc8", "cp1252", "ascii", "double"))
    fields = [
        ("001", chance.choice(("ocm00123456", "  77000348 ", "x-17", "123456", ""))),
        ("008", chance.choice(_FIXED)),
    ]
    if chance.random() < 0.5:
        fields.append(("003", chance.choice(("DLC", "OCoLC", " OCoLC "))))
    if chance.random() < 0.2:
        fields.append(("007", chance.choice(("cr |||", "vd cvaizq", "sd fsngnn", "he amb"))))
    if chance.random() < 0.1:
        fields.append(("006", "m     o  d        "))
    if chance.random() < 0.96:
        fields.append(("245", _title(chance)))
    for _ in range(chance.choice((3, 6, 10, 20, 40))):
        fields.append(_field(chance))
    return written(fields, chance, encoding)


def _title(chance: random.Random) -> str:
    text = f"{chance.choice('01')}{chance.choice('00024x')}\x1fa"
    if chance.random() < 0.15:
        text += chance.choice(("\u0098The\u009c ", "\u0088Der \u0089", "The ", "L'", "[", "«"))
    text += _text(chance) or "x"
    for code in chance.sample("bbcnph", chance.randint(0, 4)):
        text += f"\x1f{code}{_text(chance)}"
    return text


def _text(chance: random.Random) -> str:
    text = " ".join(chance.choices(_WORDS, k=chance.randint(1, 9)))
    if chance.random() < 0.05:
        text = chance.choice(
            ("", " ", f"  {text}  x", text * 9, f"{text}\t\u200f", "http://x.org/a b", text + "\u0301")
        )
    if chance.random() < 0.04:
        text = chance.choice(_SCRIPTS)
    return text + chance.choice(_ENDS)


_SAID = {
    "020": ("9789796202034 (pbk.)", "0-8391-0882-5", "979-602-03-1234-5", "123", "ISBN 0839108825 : $9.95"),
    "022": ("0012-3456", "1234-5679", "1234567X"),
    "024": ("10.1000/182", "https://doi.org/10.5555/AbC", "M-2306-7118-7", "9788391088255"),
    "035": ("(OCoLC)ocm00123456", "(OCoLC)123", "(DE-599)GBV1", "77"),
    "010": ("   77000348 ", "n 78-890351", "85-2"),
    "041": ("eng", "engfre", "ger", "xx"),
    "084": ("QA 76", "813.5"),
    "082": ("616.07/575/02854", "813/.54"),
    "100": _NAMES,
    "110": _NAMES,
    "700": _NAMES,
    "710": _NAMES,
    "300": ("xiv, 245 p. :", "1 online resource (12 p.)", "1 videodisc (90 min.)", "p. cm."),
    "260": (
        "New York :",
        "[Jakarta] :",
        "Penguin,",
        "[c1974]",
        "between 1900 and 1999",
        "s.n.,",
        "1423 H/2002.",
    ),
    "264": ("London :", "Gramedia,", "2010.", "©2011"),
    "336": ("text", "txt", "notated music", "two-dimensional moving image"),
    "338": ("online resource", "cr", "volume"),
    "655": ("Electronic books.", "Maps."),
    "856": ("http://example.org/a.pdf", "ftp://example.org/x", "Table of contents", "cover image"),
    "880": ("245-01/$1", "100-02/(N", "650-00"),
    "255": ("Scale 1:25 000", "Skala 1 : 50.000"),
    "952": ("MAIN", "R 813.5", "B0001", "0", "2024-01-02"),
    "490": ("Series of books ;", "v. 12", "no. 3"),
    "830": ("Series of books ;", "v. 12.", "12"),
}


def _field(chance: random.Random) -> tuple[str, str]:
    tag = chance.choice(list(_FIELDS))
    codes = _FIELDS[tag]
    count = min(len(codes), chance.randint(1, 4))
    text = f"{chance.choice(' 01234')}{chance.choice('   0124')}"
    for place, code in enumerate(sorted(chance.sample(codes, count), key=codes.index)):
        said = _SAID.get(tag)
        value = chance.choice(said) if said and (place == 0 or chance.random() < 0.5) else _text(chance)
        if code == "6":
            value = chance.choice(_SAID["880"])
        elif code in "e4" and tag in ("100", "700", "710"):
            value = chance.choice(
                ("aut", "editor.", "ilustrator", "http://id.loc.gov/vocabulary/relators/trl", "x")
            )
        text += f"\x1f{code}{value}"
    if chance.random() < 0.01:
        text = chance.choice(
            (text[1:], "", text.partition("\x1f")[0], text + "\x1f", text.replace("\x1f", "\x1f\x1f", 1))
        )
    return tag, text


def encoded(text: str, encoding: str) -> bytes:
    """The text of a field in one of utf8, marc8, cp1252, ascii, double (UTF-8 taken for cp1252 and encoded again)."""
    if encoding == "utf8":
        return text.encode()
    if encoding == "double":
        return text.encode().decode("cp1252", "replace").encode() if "Ä" not in text else text.encode()
    if encoding == "marc8":
        return b"".join(_MARC8.get(c) or (c.encode() if c.isascii() else _other_script(c)) for c in text)
    if encoding == "cp1252":
        return text.encode("cp1252", "ignore")
    return text.encode("ascii", "ignore")


def _other_script(char: str) -> bytes:
    """Basic Cyrillic by its shift; what this little table lacks is left out."""
    if "\u0410" <= char <= "\u044f":
        code = char.encode("koi8_r")[0] & 0x7F
        return b"\x1b(N" + bytes((code,)) + b"\x1b(B"
    return b""


def written(fields: list[tuple[str, str]], chance: random.Random, encoding: str) -> bytes:
    """ISO 2709, honest or not: the leader may claim the other encoding, the directory stand in another order or be off."""
    honest = chance.random() < 0.75
    says_utf8 = (encoding in ("utf8", "double")) == honest
    body = b""
    entries = []
    for tag, text in fields:
        piece = encoded(text, encoding if chance.random() < 0.95 else "utf8") + b"\x1e"
        if len(piece) > 9999:
            continue
        entries.append(b"%s%04d%05d" % (tag.encode(), len(piece), len(body)))
        body += piece
    if chance.random() < 0.2:
        chance.shuffle(entries)
    if chance.random() < 0.03:
        entries[chance.randrange(len(entries))] = entries[0]
    if chance.random() < 0.03:
        entries.pop()
    directory = b"".join(entries) + b"\x1e"
    base = 24 + len(directory)
    length = base + len(body) + 1 + (chance.choice((0, 7)) if chance.random() < 0.1 else 0)
    leader = b"%05dn%s%s %s22%05d %s 4500" % (
        length, chance.choice(_TYPES).encode(), chance.choice("mmmmsabcdi").encode(), b"a" if says_utf8 else b" ", base,
        chance.choice((b"a", b"i", b" ")),
    )  # fmt: skip
    leader = leader[:24].ljust(24)
    if chance.random() < 0.02:
        leader = chance.choice((b"x" * 5 + leader[5:], leader[:12] + b"     " + leader[17:]))
    return leader + directory + body + b"\x1d" + chance.choice((b"", b"", b"\n"))
