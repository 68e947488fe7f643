"""Words of catalogues in a dozen languages, folded: ordinals, parts, units, genres, kinds of media, towns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _set(text: str, apart: str = " ") -> frozenset[str]:
    return frozenset(text.split(apart))


def _numbered(*lines: str) -> Mapping[str, int]:
    return MappingProxyType(
        {word: number for number, words in enumerate(lines, 1) for word in words.split(" ")}
    )


#: Ordinal numbers in English, Indonesian, German, French, Latin, Italian, Spanish, Dutch.
ORDINALS = _numbered(
    "first pertama kesatu erste erster erstes ersten erstem premiere premier primera primero prima primo "
    "primus primum primae eerste primeira 1st 1re 1er 1e 1a 1o",
    "second kedua zweite zweiter zweites zweiten zweitem zweyter zweyte deuxieme seconde secunda secundus "
    "secundum secundae segunda segundo seconda secondo tweede 2nd 2d 2e 2eme 2a 2o",
    "third ketiga dritte dritter drittes dritten drittem troisieme tertia tertius tertium tercera tercero "
    "terza terzo derde 3rd 3d 3e 3eme 3a 3o",
    "fourth keempat vierte vierter viertes vierten quatrieme quarta quartus quartum cuarta cuarto quarto "
    "vierde 4th 4e 4eme 4a",
    "fifth kelima funfte funfter funftes funften fuenfte cinquieme quinta quintus quintum quinto vijfde 5th "
    "5e 5eme 5a",
    "sixth keenam sechste sechster sechstes sechsten sixieme sexta sextus sextum sesta sesto zesde 6th 6e "
    "6eme 6a",
    "seventh ketujuh siebte siebente siebter siebtes siebten septieme septima septimus settima settimo "
    "zevende 7th 7e 7eme 7a",
    "eighth kedelapan achte achter achtes achten huitieme octava octavus ottava ottavo achtste 8th 8e 8eme 8a",
    "ninth kesembilan neunte neunter neuntes neunten neuvieme novena nona nonus nono negende 9th 9e 9eme 9a",
    "tenth kesepuluh zehnte zehnter zehntes zehnten dixieme decima decimus decimo tiende 10th 10e 10eme 10a",
    "eleventh kesebelas elfte elfter onzieme undecima undicesima elfde",
    "twelfth keduabelas zwolfte zwolfter douzieme duodecima dodicesima twaalfde",
    "thirteenth dreizehnte treizieme tredicesima dertiende",
    "fourteenth vierzehnte quatorzieme quattordicesima veertiende",
    "fifteenth funfzehnte quinzieme quindicesima vijftiende",
    "sixteenth sechzehnte seizieme",
    "seventeenth siebzehnte",
    "eighteenth achtzehnte",
    "nineteenth neunzehnte",
    "twentieth zwanzigste vingtieme",
)
#: Cardinal numbers, which stand behind words for parts ('part two').
CARDINALS = _numbered(
    "one satu eins un une uno",
    "two dua zwei deux due dos",
    "three tiga drei trois tre tres",
    "four empat vier quatre quattro",
    "five lima funf cinq cinque cinco",
    "six enam sechs sei",
    "seven tujuh sieben sept sette",
    "eight delapan acht huit otto",
    "nine sembilan neun neuf nove",
    "ten sepuluh zehn dix dieci",
)

#: What one part of a work is called, before or after its number.
PARTS = _set(
    "abt abteilung bagian band bd blatt bnd book buch buku ch chast cz deel dl fasc fascicle fascicule "
    "fasciculus feuil feuille folio halbband halfte hbd heft issue jil jilid juz kelas kn kniga lfg liber "
    "libro lieferung livre no nr num number numero nummer pars part parte partie pt semester seri serie "
    "series sheet svazek t teil th theil tl tom tome tomo tomus v vol volume volumen zeszyt"
)
#: Numbers beside these say how many there are, not which one it is.
COUNTED = _set(
    "abbildungen act actes acts akt akte akten ans atti aufzug aufzugen bande banden bde bden bilder bildern "
    "books bucher buchern gesangen illustrations jahre jahren jilid karten libri librorum libros livres pages "
    "partes parts scenes seiten stimmen tableaux tafeln teile teilen tomes tomi voices voix vols volumes "
    "years"
)
#: Lists of composers' works: the number behind names the work.
WORK_LISTS = _set("bb bi bux buxwv bwv d deutsch h hob hwv k kochel koechel kv lwv op opus rv sz twv woo wq")
#: Words that say what a book is, which catalogues add as they like.
GENRES = _set(
    "actes acts akten atti aufzugen aus ausgabe avec bilder book buch buku cerita comedie comedy complete "
    "concert das dem den der des deutsch deutsche die drama dramma dvd edisi edition ein eine einem einer "
    "einfuhrung erzahlung erzahlungen essai essay etude film gedicht gedichte geschichte grosse handbuch "
    "histoire introduction klavierauszug komodie konzert kumpulan lateinisch lehrbuch les libretto libri "
    "livre lustspiel manual mit mittelhochdeutsch nach neuhochdeutsch novel novela novelle novellen oper "
    "opera operette opern partitur poem poemes poems pour roman romans romanzo schauspiel score sebuah "
    "singspiel spielfilm stories studie study tale tales teks text textbook textbuch texte texts the tragedie "
    "tragedy tragodie trauerspiel uber une video vollstandige von zum zur"
)

#: Words of extents and notes for media, in the order in which they are looked for.
MEDIA = (
    (
        "bluray",
        _set(
            "blu ray, bluray",
            apart=", ",
        ),
    ),
    (
        "dvd",
        _set(
            "bildplatte, disque video, dvd, videodisc, videodisque",
            apart=", ",
        ),
    ),
    (
        "vhs",
        _set(
            "cassette video, kaset video, vhs, videocassetta, videocassette, videokassette",
            apart=", ",
        ),
    ),
    (
        "reel",
        _set(
            "16 mm, 35 mm, bobine, film reel, filmrolle, filmspule",
            apart=", ",
        ),
    ),
    (
        "lp",
        _set(
            "33 1 3, 33 rpm, 33 t, langspielplatte, lp, phonodisc, schallplatte",
            apart=", ",
        ),
    ),
    (
        "cd",
        _set(
            "cd, compact disc, compact disk, disco compacto, disque compact, kompaktdisk",
            apart=", ",
        ),
    ),
    (
        "mc",
        _set(
            "audiocassette, cassette audio, kaset suara, mc, musikkassette, sound cassette, tonkassette",
            apart=", ",
        ),
    ),
)
#: Forms of scores; the more special come first.
FORMS = (
    (
        "vocal",
        _set(
            "canto e pianoforte, chant et piano, klavierausz, klavierauszug, klavierpartitur, partitur vokal, "
            "piano reduction, piano score, piano vocal, reduction chant, reduction pour piano, spartito, vocal "
            "score",
            apart=", ",
        ),
    ),
    (
        "choral",
        _set(
            "choeur, choral score, chorauszug, chorpartitur, chorus score, paduan suara, partition de choeur, "
            "partition de chur",
            apart=", ",
        ),
    ),
    (
        "study",
        _set(
            "kleine partitur, miniature score, partition de poche, partitur saku, partitura tascabile, pocket "
            "score, studienpartitur, study score, taschenpartitur",
            apart=", ",
        ),
    ),
    (
        "parts",
        _set(
            "bagian, einzelstimmen, orchesterstimmen, parties, parties separees, parts, stimmbucher, "
            "stimme, stimmen, stimmheft",
            apart=", ",
        ),
    ),
    (
        "full",
        _set(
            "conductors score, dirigierpartitur, partit, partition, partitur, partitura, score",
            apart=", ",
        ),
    ),
)

#: Towns by their names in other languages and in Latin imprints.
_TOWNS = """
frankfurt: frankfort francfort francoforte francofurti
munchen: munich muenchen monaco monachii mnichov munchenmonaco
wien: vienna vienne vindobonae viennae wenen
koln: cologne coloniae colonia koeln agrippinae keulen
zurich: zuerich turici tiguri zurigo
basel: bale basle basileae basilea
bern: berne bernae
geneve: genf geneva genevae ginevra
roma: rome rom romae
paris: parisiis parigi lutetiae parijs paryz
london: londres londini londra londen
venezia: venice venedig venetiis venise
leipzig: lipsiae lipsk leipsic
leiden: leyde lugduni leyden
lyon: lion lyons
antwerpen: anvers antwerp antverpiae
milano: milan mailand mediolani
firenze: florence florenz florentiae
torino: turin augustae
napoli: naples neapel neapoli
praha: prag prague pragae
warszawa: warschau warsaw varsovie
moskva: moskau moscow moscou mosca moskwa
sanktpeterburg: leningrad petersburg petrograd
strasbourg: strassburg argentorati strasburg
kobenhavn: kopenhagen copenhagen hafniae copenhague
denhaag: hague haag haye gravenhage
bruxelles: brussel brussels bruxellis
amsterdam: amstelodami amsterdami
oxford: oxonii
cambridge: cantabrigiae
jakarta: djakarta batavia
yogyakarta: jogjakarta djogjakarta yogya jogja
surabaya: soerabaja
budapest: budapestini
tubingen: tuebingen tubingae
gottingen: goettingen gottingae
nurnberg: nuremberg nuernberg norimbergae
dusseldorf: duesseldorf
lausanne: losanna
luzern: lucerne lucerna
lugano: luganum
hamburg: hambourg hamburgi
mainz: mayence moguntiae
regensburg: ratisbonne ratisbonae
beograd: belgrade belgrad
bucuresti: bucarest bucharest bukarest
lisboa: lisbon lissabon lisbonne
athinai: athen athens athenes
"""
TOWNS: Mapping[str, str] = MappingProxyType(
    {
        name: town
        for town, _, names in (line.partition(": ") for line in _TOWNS.strip().splitlines())
        for name in names.split(" ")
    }
)

#: Of publishers' names, what says nothing.
HOUSE_NOISE = _set(
    "aedibus ag and apud book books bros buchh buchhandlung cie co company corp corporation cv dan das de "
    "department dept der des die du e ed ediciones edit editeur editeurs edition editions editora editore "
    "editorial edizioni et fils forlag gmbh group house impr imprimerie in inc izd izdatelstvo jun kg la le "
    "les libr librairie libreria ltd nakladatelstvi of office penerbit percetakan press print pt pub publ "
    "publications publisher publishers publishing pustaka sohne son sons sumptibus tbk the typis typographia "
    "uitgeverij und us verl verlag verlags verlagsbuchhandlung wydawn y yayasan"
)
#: Imprints without a publisher.
NO_HOUSE = _set(
    "author, editeur non identifie, not identified, o verl, publisher not identified, s l, s n, selbstverl, "
    "selbstverlag, sine nomine, sl, sn, the author, verf, verlag nicht ermittelbar",
    apart=", ",
)
#: Imprints without a place.
NO_TOWN = _set(
    "erscheinungsort nicht ermittelbar, lieu de publication non identifie, o o, place of publication not "
    "identified, s l, sl, tempat tidak diketahui",
    apart=", ",
)

#: Editions that are other texts or other prints, by the words of the edition statement or the subtitle.
VARIANTS = (
    (
        "companion",
        _set(
            "study guide, workbook, arbeitsbuch, lehrerband, losungsheft, buku guru, lembar kerja, livre du maitre, "
            "livre du professeur, solutions manual, instructors manual, teachers guide",
            apart=", ",
        ),
    ),
    (
        "abridged",
        _set(
            "abrege, abregee, abridged, auswahl, auszug, gekurzt, gekurzte, ringkas, ringkasan, selections",
            apart=", ",
        ),
    ),
    (
        "international",
        _set(
            "internat, international, international student",
            apart=", ",
        ),
    ),
    (
        "facsimile",
        _set(
            "fac simile, facs, facsim, facsimil, facsimile, faks, faksimile",
            apart=", ",
        ),
    ),
    (
        "large",
        _set(
            "gros caracteres, grossdruck, large print",
            apart=", ",
        ),
    ),
    (
        "school",
        _set(
            "lehrerausgabe, pegangan guru, school, schulausgabe, teachers",
            apart=", ",
        ),
    ),
)
#: What edition statements say in any case.
EDITION_WORDS = _set(
    "aktual aktualisierte and aufl auflage augm augmentee ausg ausgabe bearb by cet cetakan corr corrected "
    "corrigee dan diperbaiki diperluas durchges durchgesehene ed edicion edisi editio edition edizione "
    "enlarged erstausg erw erweiterte et expanded impression jour korr korrigierte limited mise nachdr "
    "nachdruck neu neuaufl neuausg neuausgabe neubearb neubearbeitete neue neuen new nouv nouvelle nueva "
    "nuova orig originalausg originalausgabe paperback par pbk print printing refondue reimpr repr reprint "
    "rev revidierte revised revisi revue ri sonderausg sonderausgabe taschenbuchausg taschenbuchausgabe "
    "tausend the tirage tsd uberarb uberarbeitete und unverand unveranderte updated verb verbesserte vollst "
    "vollstandig von"
)
#: Articles at the beginning of a title, in the languages of the catalogues.
ARTICLES = _set(
    "a an as das de den der des det die een ein eine el en ett gli het i il l la las le les lo los os the un "
    "una une uno"
)
