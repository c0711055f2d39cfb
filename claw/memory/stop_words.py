"""The small words of each language, which every talk is full of, and its names of months and days.

Written for questions about the past of a house: "may" is a month here, and a number is always worth looking for.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _row(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STOP_WORDS: dict[str, frozenset[str]] = {
    "en": _words("""
        a about above after again against ain all also am an and any anybody anyone anything are aren as at be
        because been before being below between both but by can cannot could couldn d did didn do does doesn
        doing don down during each ever few for from further had hadn has hasn have haven having he hello her
        here hers herself hey hi him himself his how i if in into is isn it its itself just ll m me more most
        much my myself no nor not now of off ok okay on once only or other our ours ourselves out over own
        please re s same shan she should shouldn so some somebody someone something such t tell than thank
        thanks that the their theirs them themselves then there these they this those through to too under
        until up us ve very was wasn we well were weren what when where whether which while who whom whose why
        will with won would wouldn y yeah yes you your yours yourself yourselves
    """),
    "de": _words("""
        aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis
        bist bitte da damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen
        dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen
        gehabt hab habe haben hast hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren
        ihrer im in indem ins ist ja jede jedem jeden jeder jedes jemand jene jetzt kann kein keine können
        könnte mal man mein meine meinem meinen meiner mich mir mit muss nach nein nicht nichts noch nun nur
        ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so soll sonst über um und
        uns unser unsere unter viel vom von vor wann war waren warum was weg weil weiter welche welchem
        welchen welcher welches wem wen wenn wer werde werden wessen wie wieder wieso will wir wird wirst wo
        woher wohin wollen worden wurde wurden während zu zum zur zwar zwischen
    """),
    "fr": _words("""
        a ai aie alors as au aucun aussi autre aux avaient avais avait avec avez avoir avons c car ce ceci
        cela celle celles celui ces cet cette ceux chez ci comment d dans de depuis des dit donc dont du elle
        elles en encore es est et étaient étais était été être eu eux fait faut fut il ils j je jusque l la là
        laquelle le lequel les leur leurs lui m ma mais me même mes moi mon n ne ni non nos notre nous on ont
        ou où oui par parce pas peu peut plus pour pourquoi qu quand que quel quelle quelles quels quelque qui
        quoi s sa sans se sera ses si son sont sous sur t ta te tes toi ton tous tout toute toutes très tu un
        une va vos votre vous y
    """),
    "nl": _words("""
        aan al alles als altijd andere ben bij bijna daar dan dat de deze die dit doch doen door dus een eens
        en er ge geen geweest haar had hadden heb hebben heeft hem het hier hij hoe hun iemand iets ik in is
        ja je jij jou jouw jullie kan kon kunnen maar mag me meer men met mij mijn moet na naar niet niets nog
        nu of om omdat onder ons onze ook op over reeds s sinds t te tegen toch toen tot u uit uw van veel
        voor waar waarom wanneer want was waren wat we weer welk welke wel werd wezen wie wiens wij wil worden
        wordt z zal ze zelf zich zij zijn zo zonder zou
    """),
}
"""By language; English first, for where it cannot be told."""

UNSPACED_STOP = re.compile(
    "什么时候|为什么|怎么样|什么|怎么|哪里|哪儿|哪个|哪些|哪天|多少|谁的|我们|你们|他们|她们|是不是|有没有|一下|告诉|知道|"
    "关于|这个|那个|已经|以前|现在|[的了吗呢吧啊呀谁是我你他她它]|"
    "です|ます|でした|ました|[はがをのか]"
)
"""The same where no spaces are written: cut out of a question before its characters are paired."""

MONTHS: dict[str, tuple[str, ...]] = {
    "en": _row("January February March April May June July August September October November December"),
    "de": _row("januar februar märz april mai juni juli august september oktober november dezember"),
    "fr": _row("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "nl": _row("januari februari maart april mei juni juli augustus september oktober november december"),
}

DAYS: dict[str, tuple[str, ...]] = {
    "en": _row("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "de": _row("montag dienstag mittwoch donnerstag freitag samstag sonntag"),
    "fr": _row("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    "nl": _row("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
}
"""Monday first."""
