"""How libraries word the same facts: extents, editions, parts and names of publishers under five sets of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A library's habits. `{n}` stands for the number; `punctuation` is whether ISBD marks are written."""

    name: str
    pages: str
    volumes: str
    discs: str
    minutes: str
    edition: str
    first: str
    revised: str
    part: str
    scale: str
    forms: Mapping[str, str]
    media: Mapping[str, str]
    punctuation: bool
    date_field: str
    relators: bool
    gmd: Mapping[str, str]
    online: str
    nowhere: str


STYLES = (
    Style(
        name="aacr",
        pages="{n} p.",
        volumes="{n} v.",
        discs="{n} sound discs",
        minutes="({n} min.)",
        edition="{th} ed.",
        first="1st ed.",
        revised="Rev. ed.",
        part="v. {n}",
        scale="Scale 1:{n}",
        forms=MappingProxyType(
            {"full": "1 score", "vocal": "1 vocal score", "study": "1 miniature score", "parts": "10 parts",
             "choral": "1 chorus score"}
        ),
        media=MappingProxyType(
            {"dvd": "1 videodisc", "vhs": "1 videocassette", "bluray": "1 videodisc", "cd": "", "lp": "",
             "mc": "1 sound cassette"}
        ),
        punctuation=True,
        date_field="260",
        relators=False,
        gmd=MappingProxyType(
            {"score": "[music]", "video": "[videorecording]", "audio": "[sound recording]", "map": "[map]",
             "ebook": "[electronic resource]", "micro": "[microform]"}
        ),
        online="1 electronic text",
        nowhere="[S.l. : s.n.]",
    ),
    Style(
        name="rda",
        pages="{n} pages",
        volumes="{n} volumes",
        discs="{n} audio discs",
        minutes="({n} minutes)",
        edition="{word} edition.",
        first="First edition.",
        revised="Revised edition.",
        part="Volume {n}",
        scale="Scale 1:{n}.",
        forms=MappingProxyType(
            {"full": "1 score", "vocal": "1 vocal score", "study": "1 study score", "parts": "10 parts",
             "choral": "1 choral score"}
        ),
        media=MappingProxyType(
            {"dvd": "1 DVD-video", "vhs": "1 VHS videocassette", "bluray": "1 Blu-ray disc", "cd": "", "lp": "",
             "mc": "1 audiocassette"}
        ),
        punctuation=True,
        date_field="264",
        relators=True,
        gmd=MappingProxyType({}),
        online="1 online resource",
        nowhere="[Place of publication not identified]",
    ),
    Style(
        name="rak",
        pages="{n} S.",
        volumes="{n} Bde.",
        discs="{n} Schallplatten",
        minutes="({n} Min.)",
        edition="{n}., überarb. Aufl.",
        first="1. Aufl.",
        revised="Neuausg.",
        part="Bd. {n}",
        scale="1:{spaced}",
        forms=MappingProxyType(
            {"full": "Partitur", "vocal": "Klavierauszug", "study": "Studienpartitur", "parts": "Stimmen",
             "choral": "Chorpartitur"}
        ),
        media=MappingProxyType(
            {"dvd": "1 DVD-Video", "vhs": "1 Videokassette (VHS)", "bluray": "1 Blu-ray Disc", "cd": "", "lp": "",
             "mc": "1 Tonkassette"}
        ),
        punctuation=False,
        date_field="260",
        relators=False,
        gmd=MappingProxyType(
            {"score": "[Musikdruck]", "video": "[Bildtonträger]", "audio": "[Tonträger]", "map": "[Karte]",
             "ebook": "[Elektronische Ressource]", "micro": "[Mikroform]"}
        ),
        online="Online-Ressource",
        nowhere="[S.l.]",
    ),
    Style(
        name="fr",
        pages="{n} p.",
        volumes="{n} vol.",
        discs="{n} disques",
        minutes="({n} min)",
        edition="{n}e éd.",
        first="1re éd.",
        revised="Nouv. éd.",
        part="T. {n}",
        scale="Échelle 1:{spaced}",
        forms=MappingProxyType(
            {"full": "1 partition", "vocal": "1 partition chant et piano", "study": "1 partition de poche",
             "parts": "Parties", "choral": "1 partition de choeur"}
        ),
        media=MappingProxyType(
            {"dvd": "1 DVD", "vhs": "1 cassette vidéo (VHS)", "bluray": "1 disque Blu-ray", "cd": "", "lp": "",
             "mc": "1 cassette audio"}
        ),
        punctuation=True,
        date_field="260",
        relators=True,
        gmd=MappingProxyType(
            {"score": "[Musique imprimée]", "video": "[Enregistrement vidéo]", "audio": "[Enregistrement sonore]",
             "map": "[Carte]", "ebook": "[Ressource électronique]", "micro": "[Microforme]"}
        ),
        online="1 ressource en ligne",
        nowhere="[S.l. : s.n.]",
    ),
    Style(
        name="ind",
        pages="{n} hlm.",
        volumes="{n} jil.",
        discs="{n} cakram suara",
        minutes="({n} menit)",
        edition="Ed. {n}",
        first="Ed. 1",
        revised="Ed. rev.",
        part="Jilid {n}",
        scale="Skala 1:{n}",
        forms=MappingProxyType(
            {"full": "1 partitur", "vocal": "1 partitur vokal dan piano", "study": "1 partitur saku",
             "parts": "10 bagian", "choral": "1 partitur paduan suara"}
        ),
        media=MappingProxyType(
            {"dvd": "1 DVD", "vhs": "1 kaset video", "bluray": "1 Blu-ray", "cd": "", "lp": "",
             "mc": "1 kaset suara"}
        ),
        punctuation=True,
        date_field="260",
        relators=False,
        gmd=MappingProxyType(
            {"video": "[rekaman video]", "audio": "[rekaman suara]", "map": "[peta]",
             "ebook": "[sumber elektronik]", "micro": "[bentuk mikro]"}
        ),
        online="1 sumber daring",
        nowhere="[S.l. : s.n.]",
    ),
)  # fmt: skip

_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth"
)
ORDINALS = tuple(_ORDINALS.split(" "))

#: The same house or town, as other catalogues write it.
PUBLISHERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Suhrkamp": ("Suhrkamp", "Suhrkamp Verlag"),
        "Reclam": ("Reclam", "Philipp Reclam jun.", "P. Reclam"),
        "Meiner": ("Meiner", "F. Meiner", "Felix Meiner Verlag"),
        "Teubner": ("Teubner", "B.G. Teubner", "in aedibus B.G. Teubneri"),
        "Bärenreiter": ("Bärenreiter", "Bärenreiter-Verlag"),
        "Peters": ("Peters", "C.F. Peters", "Edition Peters"),
        "Eulenburg": ("Eulenburg", "E. Eulenburg", "Ernst Eulenburg"),
        "Deutscher Taschenbuch Verlag": ("Deutscher Taschenbuch Verlag", "dtv", "Dt. Taschenbuch-Verl."),
        "Fischer Taschenbuch Verlag": ("Fischer Taschenbuch Verlag", "Fischer-Taschenbuch-Verl."),
        "Presses universitaires de France": ("Presses universitaires de France", "PUF", "P.U.F.", "Presses univ. de France"),
        "Cambridge University Press": ("Cambridge University Press", "Cambridge Univ. Press", "University Press"),
        "Oxford University Press": ("Oxford University Press", "Oxford Univ. Press", "O.U.P."),
        "Seuil": ("Seuil", "Ed. du Seuil", "Éditions du Seuil"),
        "Payot": ("Payot", "Librairie Payot", "Payot & Cie"),
        "McGraw-Hill": ("McGraw-Hill", "McGraw-Hill Book Co.", "McGraw Hill"),
        "Niemeyer": ("Niemeyer", "M. Niemeyer", "Max Niemeyer Verlag"),
        "Klostermann": ("Klostermann", "V. Klostermann", "Vittorio Klostermann"),
        "Deutsche Grammophon": ("Deutsche Grammophon", "Dt. Grammophon", "DG"),
        "Bundesamt für Landestopographie": (
            "Bundesamt für Landestopographie", "Landestopographie", "Bundesamt für Landestopografie"
        ),
        "Institut géographique national": ("Institut géographique national", "IGN", "Inst. géographique national"),
        "Penguin Books": ("Penguin Books", "Penguin"),
        "Artemis": ("Artemis", "Artemis-Verlag", "Artemis Verl."),
        "S. Fischer": ("S. Fischer", "Fischer"),
    }
)  # fmt: skip
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Frankfurt am Main": (
            "Frankfurt am Main",
            "Frankfurt a.M.",
            "Frankfurt a. M.",
            "Frankfurt/M.",
            "Francfort",
        ),
        "München": ("München", "Munich", "Muenchen"),
        "Zürich": ("Zürich", "Zurich", "Zuerich"),
        "Basel": ("Basel", "Bâle"),
        "Leipzig": ("Leipzig", "Lipsiae", "Leipzig ; Berlin"),
        "Köln": ("Köln", "Cologne"),
        "Firenze": ("Firenze", "Florenz", "Florence"),
        "Milano": ("Milano", "Mailand", "Milano ; Napoli"),
        "Cambridge": ("Cambridge", "Cambridge [etc.]", "Cambridge ; New York"),
        "London": ("London", "Londres", "London [u.a.]"),
        "Moskva": ("Moskva", "Moskau", "Moscou"),
        "Jakarta": ("Jakarta", "Djakarta"),
        "New York": ("New York", "New York, N.Y.", "New York [u.a.]"),
        "Paris": ("Paris", "Parigi"),
    }
)
