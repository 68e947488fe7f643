"""Which fields of MARC 21 a lean record is made of: tag → field of the Record. All other tags are not even split."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: 'extra' is what only matching reads; `by evidence` are copies.
_TABLE = """
title         245 240 130 880
alternates    240 130 246 247 730 740 700 710 711
scripts       880
authors       100 110 111 700 710 711 720
subjects      600 610 611 630 648 650 651 653 655
identifiers   010 015 016 020 022 024 028 035 088 776
publisher     260 264
languages     041
format        336 338 502 773 856
edition       250
extent        300
series        440 490 800 810 811 830
notes         500 501 502 504 506 508 511 513 515 518 521 525 530 533 534 536 538 545 546 550 555 580 586
call_numbers  050 060 084 086 090 098 099
classes       080 082 083
links         856
host          773
holdings      049 852 866 867 868 876 877 878 949 952 995 AVA AVE
extra         034 254 255
"""

#: Field of the Record → tags that say something of it.
SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(tags) for name, *tags in (line.split() for line in _TABLE.strip().splitlines())}
)

#: UNIMARC is recognised by its title field, and read by the ordinary crosswalk.
WANTED = frozenset(tag for tags in SOURCES.values() for tag in tags) | {"200"}

#: Fields in which copies stand.
COPIES = frozenset(SOURCES["holdings"])

#: Every field that the ordinary crosswalk reads, for UNIMARC.
EVERY = frozenset(f"{number:03d}" for number in range(10, 1000)) - {
    "040",
    "042",
    "043",
    "072",
    "074",
    "922",
    "994",
}
EVERY |= {"AVA", "AVE"}
