"""Pairs as different libraries write them: German, French, Italian and English rules, brief and full."""

from __future__ import annotations

import pytest

from index.cluster import compare
from index.crosswalk.marc21 import record_of
from index.crosswalk.marcform import Marc
from index.normal import normal_form


def marc(text: str, name: str) -> Marc:
    """A record of lines such as 'L am', '008 s1986    ger', '245 10 $aTitle$bRest'."""
    record = Marc("00000nam a2200000 a 4500")
    record.control["001"] = name
    for line in text.strip().splitlines():
        line = line.strip()
        tag, rest = line[:3], line[4:]
        if line.startswith("L "):
            record.leader = f"00000n{line[2:4]} a2200000 a 4500"
        elif tag == "008":
            dates, language = rest[:9].ljust(9), rest[9:].strip() or "   "
            record.control["008"] = f"900101{dates}xx ".ljust(35) + f"{language} d"
        elif tag < "010":
            record.control[tag] = rest
        else:
            indicators, _, body = rest.partition("$")
            pairs = [(s[0], s[1:].strip()) for s in body.split("$") if s]
            record.add(tag, (indicators[:1] or " ", indicators[1:2] or " ", pairs))
    return record


def verdict(one: str, other: str) -> tuple[str, object]:
    a, b = (normal_form(record_of(marc(text, name)), "", name) for text, name in ((one, "a"), (other, "b")))
    found = compare(a, b)
    assert compare(b, a) == found
    return found.verdict, (found.score, found.reasons, a, b)


SAME = {
    "a score in German and in French": (
        """L cm
        008 s1970    ger
        100 1  $aMozart, Wolfgang Amadeus
        245 10 $aDie Zauberflöte$beine deutsche Oper in zwei Aufzügen : KV 620$cvorgelegt von Gernot Gruber
        260    $aKassel [etc.]$bBärenreiter$c1970
        300    $aPartitur (XX, 379 S.)""",
        """L cm
        008 s1970    zxx
        100 1  $aMozart, Wolfgang Amadeus
        245 14 $aDie Zauberflöte =$bLa flûte enchantée : K.V. 620 /$cW. A. Mozart
        260    $aKassel :$bBärenreiter-Verl.,$ccop. 1970
        300    $a1 partition (379 p.) ;$c33 cm""",
    ),
    "a score without pages, by its number": (
        """L cm
        008 s1932    ger
        028 22 $aE.P. 71
        100 1  $aMozart, Wolfgang Amadeus
        245 14 $aDie Zauberflöte$bOper in zwei Akten : Klavierauszug
        260    $aLeipzig$bPeters$c[1932]
        300    $a1 Klavierauszug""",
        """L cm
        008 s1932    ger
        028 22 $aEP71
        100 1  $aMozart, Wolfgang Amadeus
        245 10 $a<<Die>> Zauberflöte$bKV 620$hMusikdruck$ckrit. rev. von Kurt Soldan
        260    $aFrankfurt$bC.F. Peters$c1932
        300    $aKlavierauszug (176 S.)""",
    ),
    "first edition told by one, series by the other": (
        """008 s1974    ger
        100 1  $aKant, Immanuel
        245 10 $aKritik der reinen Vernunft$cImmanuel Kant ; hrsg. von Wilhelm Weischedel
        250    $a1. Aufl.
        260    $aFrankfurt a.M.$bSuhrkamp$c1974
        300    $a724 S.""",
        """008 s1974    ger
        100 1  $aKant, Immanuel
        245 10 $aKritik der reinen Vernunft /$cImmanuel Kant
        260    $aFrankfurt am Main :$bSuhrkamp Verlag,$c1974
        300    $a2 t. en 1 vol. (724 p.) ;$c18 cm
        490 0  $aSuhrkamp Taschenbuch Wissenschaft ;$v55""",
    ),
    "pages and plates counted in two ways": (
        """008 s1916    fre
        100 1  $aSaussure, Ferdinand de
        245 10 $aCours de linguistique générale /$cFerdinand de Saussure ; publ. par Charles Bally
        260    $aLausanne ; Paris :$bPayot,$c1916
        300    $a336, [3] p. ;$c25 cm""",
        """008 s1916    fre
        100 1  $aDe Saussure, Ferdinand
        245 10 $aCours de linguistique générale$chrsg. von Charles Bally und Albert Sechehaye
        260    $aLausanne$bLibr. Payot$c1916
        300    $a337 S.""",
    ),
    "the author's name in two languages": (
        """008 s1994    ger
        020    $a3250102199
        100 1  $aDostoevskij, Fedor M.
        245 10 $aVerbrechen und Strafe$bRoman in sechs Teilen mit einem Epilog$cFjodor Dostojewskij
        260    $aZürich$bAmmann$c1994
        300    $a767 S.""",
        """008 s1994    ger
        100 1  $aDostoïevski, Fédor Mikhaïlovitch
        245 10 $aVerbrechen und Strafe :$bRoman /$caus dem Russ. von Swetlana Geier
        260    $aZürich :$bAmmann Verlag,$ccop. 1994
        300    $a767 p.""",
    ),
    "a Latin author": (
        """008 s1928    lat
        100 0  $aAugustinus, Aurelius$cHeiliger
        245 10 $aSancti Aurelii Augustini episcopi De civitate dei libri XXII$nVol. 1$pLib. I-XIII
        260    $aLipsiae$bTeubner$c1928
        300    $aXXXIV, 599 S.""",
        """008 s1928    lat
        100 0  $aAugustin$csaint
        245 10 $aSancti Aurelii Augustini episcopi De civitate Dei libri XXII /$nVol. I.
        250    $aEd. quarta
        260    $aLeipzig :$bB.G. Teubner,$c1928
        300    $a599 p.""",
    ),
    "a film by its making and by its release": (
        """L gm
        007 vd cvaizq
        008 p20001991ger
        245 00 $aDie Zauberflöte$hBildtonträger$bOper in 2 Akten$cvon Wolfgang Amadeus Mozart ; James Levine
        260    $a[Hamburg]$bDeutsche Grammophon$c[2000]
        300    $a1 DVD-Video (169 Min.)
        700 1  $aMozart, Wolfgang Amadeus
        700 1  $aLevine, James""",
        """L gm
        008 s1991    ger
        100 1  $aMozart, Wolfgang Amadeus
        245 14 $aDie Zauberflöte$h[Enregistrement vidéo] /$cMozart ; [dir.:] James Levine
        260    $aHamburg :$bDeutsche Grammophon,$cp 1991
        300    $a1 DVD vidéo (2 h 49 min)""",
    ),
    "an online book": (
        """008 s2010    eng
        020    $a9783642123450
        100 1  $aMeier, Anna
        245 10 $aDigital libraries$h[Elektronische Ressource]$cAnna Meier
        260    $aBerlin$bSpringer$c2010
        856 40 $uhttps://link.example/1""",
        """006 m     o
        007 cr |||
        008 s2010    eng
        020    $a9783642123450$q(online)
        100 1  $aMeier, Anna
        245 10 $aDigital libraries /$cAnna Meier.
        264  1 $aBerlin ;$aHeidelberg :$bSpringer Berlin Heidelberg,$c2010.
        300    $a1 online resource (310 pages)
        338    $aonline resource$bcr""",
    ),
    "a map": (
        """L em
        008 s1995    ger
        110 2  $aBundesamt für Landestopographie
        245 10 $aBasel
        255    $a1:25 000
        260    $aWabern$bBundesamt für Landestopographie$c1995
        300    $a1 Karte
        490 0  $aLandeskarte der Schweiz 1:25 000$v1047""",
        """L em
        008 s1995    ger
        245 10 $aBasel$hDocument cartographique
        255    $aEchelle 1:25'000
        260    $aWabern :$bOffice fédéral de topographie,$c1995
        300    $a1 carte ;$c70 x 48 cm
        830  0 $aLandeskarte der Schweiz 1:25 000 ;$v1047""",
    ),
    "an anonymous classic with two wordings of its subtitle": (
        """008 s1970    ger
        245 04 $aDas Nibelungenlied$bmittelhochdeutscher Text und Übertragung
        260    $aFrankfurt a.M.$bFischer$c1970
        300    $a303 S.""",
        """008 s1970    ger
        245 14 $aDas Nibelungenlied :$bzweisprachig /$chrsg. von Helmut Brackert
        260    $aFrankfurt am Main :$bFischer Taschenbuch Verl.,$c1970
        300    $a303 p.
        700 1  $aBrackert, Helmut""",
    ),
    "a year that one library only guessed": (
        """008 q19501959ger
        100 1  $aKafka, Franz
        245 10 $aDer Prozess$bRoman
        260    $a[Frankfurt]$bS. Fischer$c[195-?]
        300    $a327 S.""",
        """008 s1953    ger
        100 1  $aKafka, Franz
        245 14 $aDer Prozess :$bRoman /$cFranz Kafka
        260    $aFrankfurt am Main :$bFischer,$c1953
        300    $a327 p.""",
    ),
    "music for four voices": (
        """L cm
        008 s1960    ger
        100 1  $aSchütz, Heinrich
        245 10 $aPassion$bfür vier Stimmen
        260    $aKassel$bBärenreiter$c1960
        300    $a64 S.""",
        """L cm
        008 s1960    ger
        100 1  $aSchütz, Heinrich
        245 10 $aPassion$bfür vier Stimmen
        260    $aKassel$bBärenreiter$c1960
        300    $aPartitur (64 S.)""",
    ),
    "a volume in its number and in its series": (
        """008 s1970    ger
        100 1  $aBrecht, Bertolt
        245 10 $aStücke$n3$cBertolt Brecht
        260    $aFrankfurt a.M.$bSuhrkamp$c1970
        300    $a320 S.""",
        """008 s1970    ger
        100 1  $aBrecht, Bertolt,$d1898-1956
        245 10 $aStücke.$nBd. III /$cBertolt Brecht
        260    $aFrankfurt am Main :$bSuhrkamp,$c1970
        300    $a319 p.""",
    ),
}
OTHER = {
    "full score and piano score": (
        """L cm
        008 s1970    ger
        100 1  $aMozart, Wolfgang Amadeus
        245 10 $aDie Zauberflöte$bKV 620
        260    $aKassel$bBärenreiter$c1970
        300    $aPartitur (379 S.)""",
        """L cm
        008 s1970    ger
        100 1  $aMozart, Wolfgang Amadeus
        245 10 $aDie Zauberflöte$bKV 620
        260    $aKassel$bBärenreiter$c1970
        300    $aKlavierauszug (VII, 379 S.)""",
    ),
    "two volumes with the ISBN of the set": (
        """008 s1974    ger
        020    $a3518076558
        100 1  $aKant, Immanuel
        245 10 $aKritik der reinen Vernunft$n1
        260    $aFrankfurt$bSuhrkamp$c1974
        300    $a340 S.""",
        """008 s1974    ger
        020    $a3518076558
        100 1  $aKant, Immanuel
        245 10 $aKritik der reinen Vernunft$n2
        260    $aFrankfurt$bSuhrkamp$c1974
        300    $aS. 341-724""",
    ),
    "DVD and cassette": (
        """L gm
        008 s2000    ger
        245 00 $aMetropolis$cFritz Lang
        260    $aMünchen$bTransit$c2000
        300    $a1 DVD-Video (118 Min.)
        700 1  $aLang, Fritz""",
        """L gm
        008 s2000    ger
        245 00 $aMetropolis$cFritz Lang
        260    $aMünchen$bTransit$c2000
        300    $a1 Videokassette (VHS) (118 Min.)
        700 1  $aLang, Fritz""",
    ),
    "the printed book and its file with the ISBN of both": (
        """008 s2010    eng
        020    $a9783642123450
        100 1  $aMeier, Anna
        245 10 $aDigital libraries
        260    $aBerlin$bSpringer$c2010
        300    $a310 p.""",
        """007 cr |||
        008 s2010    eng
        020    $a9783642123450
        100 1  $aMeier, Anna
        245 10 $aDigital libraries
        260    $aBerlin$bSpringer$c2010
        300    $a1 Online-Ressource (310 S.)""",
    ),
    "sonatas of one composer": (
        """L cm
        008 s1952    ger
        100 1  $aBeethoven, Ludwig van
        245 10 $aSonate$bop. 27 Nr. 2
        260    $aMünchen$bHenle$c1952
        300    $a15 S.""",
        """L cm
        008 s1952    ger
        100 1  $aBeethoven, Ludwig van
        245 10 $aSonate$bop. 31 Nr. 2
        260    $aMünchen$bHenle$c1952
        300    $a15 S.""",
    ),
    "the set and one volume": (
        """008 m19701972ger
        100 1  $aBrecht, Bertolt
        245 10 $aStücke
        260    $aFrankfurt$bSuhrkamp$c1970-1972
        300    $a14 Bde.""",
        """008 s1970    ger
        100 1  $aBrecht, Bertolt
        245 10 $aStücke$nBd. 1
        260    $aFrankfurt$bSuhrkamp$c1970
        300    $a320 S.""",
    ),
    "two numbers of one monographic series": (
        """008 s1998    eng
        100 1  $aFavreau, J.
        245 10 $aImplementation guideline for electronic data interchange
        260    $aWashington$bNIST$c1998
        490 0  $aSpecial publication ;$v881-28""",
        """008 s1998    eng
        100 1  $aFavreau, J.
        245 10 $aImplementation guideline for electronic data interchange
        260    $aWashington$bNIST$c1998
        490 0  $aSpecial publication ;$v881-29""",
    ),
    "two maps in one mould": (
        """L em
        008 s1993    eng
        110 2  $aGeological Survey (U.S.)
        245 10 $aPenns Grove quadrangle, New Jersey$b7.5 minute series
        255    $aScale 1:24,000
        260    $aReston, Va.$bThe Survey$c1993""",
        """L em
        008 s1993    eng
        110 2  $aGeological Survey (U.S.)
        245 10 $aCanton quadrangle, New Jersey$b7.5 minute series
        255    $aScale 1:24,000
        260    $aReston, Va.$bThe Survey$c1993""",
    ),
    "original and facsimile": (
        """008 s1781    ger
        100 1  $aKant, Immanuel
        245 10 $aCritik der reinen Vernunft
        260    $aRiga$bHartknoch$c1781
        300    $a856 S.""",
        """008 r19671781ger
        100 1  $aKant, Immanuel
        245 10 $aCritik der reinen Vernunft
        250    $aFaks.-Ausg. der 1. Aufl. Riga 1781
        260    $aLondon$bRoutledge$c1967
        300    $a856 S.""",
    ),
    "two Bibles of one year": (
        """008 s1985    ger
        130 0  $aBiblia
        245 10 $aDie Bibel$bnach der Übersetzung Martin Luthers
        260    $aStuttgart$bDeutsche Bibelgesellschaft$c1985
        300    $a1120 S.""",
        """008 s1985    ger
        130 0  $aBiblia
        245 10 $aDie Bibel$bEinheitsübersetzung
        260    $aFreiburg$bHerder$c1985
        300    $a1460 S.""",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_one_edition_is_known_again(name: str) -> None:
    found, why = verdict(*SAME[name])
    assert found == "same", why


@pytest.mark.parametrize("name", OTHER)
def test_another_edition_is_kept_apart(name: str) -> None:
    found, why = verdict(*OTHER[name])
    assert found in ("veto", "different"), why
