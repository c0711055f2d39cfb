"""What is said to people about the lives of skills, in the languages that Claw speaks.

Reasons are quoted as they are kept: they are also in the log, which has one language.
"""

from collections.abc import Mapping

_EN = {
    "accept": 'I do "{name}" by myself from now on, for everybody who may.',
    "enable": '"{name}" is on.',
    "enable_tried": (
        '"{name}" is on. I try it out first: it runs once it has agreed with what was done three times or an owner says'
        " yes."
    ),
    "disable": '"{name}" is off. I keep it.',
    "rollback": 'I went back to version {version} of "{name}".',
    "retire": 'I laid "{name}" aside. I keep it.',
    "import": '"{name}" is in the library as a draft. It runs for nobody before it is proved and an owner says yes.',
    "learn": (
        'I put "{name}" together. I try it out first, and use it only once it has agreed with what was done three times'
        " or an owner says yes."
    ),
    "trusted": 'I do "{name}" by myself from now on: it did {count} times what was really done.',
    "waits": '"{name}" would be ready, but needs an owner\'s yes: {why}.',
    "demoted": 'I do not do "{name}" by myself any more: {why}.',
    "earlier": "Version {version} passed its proof: an owner can roll back to it.",
    "failed": 'I put "{name}" together, but it does not pass its proof, so I do not use it: {why}.',
    "offer": 'I put a skill together from that, "{name}": {told} Shall I do that by myself, without asking a model?',
    "offer_other": (
        'I put a skill together from that, "{name}": {told} Shall I ask an owner whether I may do it by myself, without'
        " asking a model?"
    ),
    "ask_owners": '{who} would like me to do "{name}" by myself: {told} May I? You see all it may do on the page.',
    "somebody": "Somebody",
    "passed_on": "I will ask an owner of this house.",
    "declined": 'I do not do "{name}" by myself then. I will not ask again for three months.',
}
_DE = {
    "accept": "„{name}“ mache ich ab jetzt von allein, für alle, die es dürfen.",
    "enable": "„{name}“ ist an.",
    "enable_tried": (
        "„{name}“ ist an. Ich probiere es erst aus: Es läuft, wenn es dreimal dasselbe getan hätte oder ein Eigentümer"
        " zustimmt."
    ),
    "disable": "„{name}“ ist aus. Ich behalte es.",
    "rollback": "Ich bin zu Version {version} von „{name}“ zurückgegangen.",
    "retire": "Ich habe „{name}“ weggelegt. Ich behalte es.",
    "import": (
        "„{name}“ liegt als Entwurf in der Bibliothek. Es läuft für niemanden, bevor es geprüft ist und ein Eigentümer"
        " zugestimmt hat."
    ),
    "learn": (
        "Ich habe „{name}“ zusammengestellt. Ich probiere es erst aus und benutze es erst, wenn es dreimal dasselbe"
        " getan hätte oder ein Eigentümer zustimmt."
    ),
    "trusted": "„{name}“ mache ich ab jetzt von allein: Es hätte {count}-mal getan, was wirklich getan wurde.",
    "waits": "„{name}“ wäre so weit, braucht aber das Ja eines Eigentümers: {why}.",
    "demoted": "„{name}“ mache ich nicht mehr von allein: {why}.",
    "earlier": "Version {version} hat ihre Prüfung bestanden: Ein Eigentümer kann zu ihr zurückgehen.",
    "failed": (
        "Ich habe „{name}“ zusammengestellt, aber es besteht seine Prüfung nicht, darum benutze ich es nicht: {why}."
    ),
    "offer": (
        "Daraus habe ich eine Fähigkeit gemacht, „{name}“: {told} Soll ich das von allein tun, ohne ein Modell zu"
        " fragen?"
    ),
    "offer_other": (
        "Daraus habe ich eine Fähigkeit gemacht, „{name}“: {told} Soll ich einen Eigentümer fragen, ob ich das von"
        " allein tun darf, ohne ein Modell zu fragen?"
    ),
    "ask_owners": (
        "{who} möchte, dass ich „{name}“ von allein tue: {told} Darf ich? Auf der Seite steht alles, was es darf."
    ),
    "somebody": "Jemand",
    "passed_on": "Ich frage einen Eigentümer dieses Hauses.",
    "declined": "Dann tue ich „{name}“ nicht von allein. Ich frage drei Monate lang nicht wieder.",
}
_FR = {
    "accept": "Je fais « {name} » de moi-même à partir de maintenant, pour tous ceux qui en ont le droit.",
    "enable": "« {name} » est activé.",
    "enable_tried": (
        "« {name} » est activé. Je l'essaie d'abord : je m'en sers après trois essais concordants ou le oui d'un"
        " propriétaire."
    ),
    "disable": "« {name} » est désactivé. Je le garde.",
    "rollback": "Je suis revenu à la version {version} de « {name} ».",
    "retire": "J'ai mis « {name} » de côté. Je le garde.",
    "import": (
        "« {name} » est dans la bibliothèque comme brouillon. Il ne fait rien pour personne avant d'être vérifié et"
        " accepté par un propriétaire."
    ),
    "learn": (
        "J'ai composé « {name} ». Je l'essaie d'abord, et je ne m'en sers qu'après trois essais concordants ou le oui"
        " d'un propriétaire."
    ),
    "trusted": "Je fais « {name} » de moi-même à partir de maintenant : {count} fois il aurait fait ce qui a été fait.",
    "waits": "« {name} » serait prêt, mais il faut le oui d'un propriétaire : {why}.",
    "demoted": "Je ne fais plus « {name} » de moi-même : {why}.",
    "earlier": "La version {version} a réussi sa vérification : un propriétaire peut y revenir.",
    "failed": "J'ai composé « {name} », mais il ne réussit pas sa vérification, je ne m'en sers donc pas : {why}.",
    "offer": (
        "J'en ai fait une compétence, « {name} » : {told} Dois-je le faire de moi-même, sans demander à un modèle ?"
    ),
    "offer_other": (
        "J'en ai fait une compétence, « {name} » : {told} Dois-je demander à un propriétaire si je peux le faire de"
        " moi-même, sans demander à un modèle ?"
    ),
    "ask_owners": (
        "{who} voudrait que je fasse « {name} » de moi-même : {told} Puis-je ? La page montre tout ce qu'il peut faire."
    ),
    "somebody": "Quelqu'un",
    "passed_on": "Je vais demander à un propriétaire de cette maison.",
    "declined": "Alors je ne fais pas « {name} » de moi-même. Je ne redemande pas avant trois mois.",
}
_NL = {
    "accept": '"{name}" doe ik vanaf nu vanzelf, voor iedereen die het mag.',
    "enable": '"{name}" staat aan.',
    "enable_tried": (
        '"{name}" staat aan. Ik probeer het eerst uit: het draait pas als het drie keer hetzelfde zou hebben gedaan of'
        " een eigenaar ja zegt."
    ),
    "disable": '"{name}" staat uit. Ik bewaar het.',
    "rollback": 'Ik ben teruggegaan naar versie {version} van "{name}".',
    "retire": 'Ik heb "{name}" weggelegd. Ik bewaar het.',
    "import": (
        '"{name}" ligt als concept in de bibliotheek. Het draait voor niemand voordat het is getoetst en een eigenaar'
        " ja zegt."
    ),
    "learn": (
        'Ik heb "{name}" samengesteld. Ik probeer het eerst uit en gebruik het pas als het drie keer hetzelfde zou'
        " hebben gedaan of een eigenaar ja zegt."
    ),
    "trusted": '"{name}" doe ik vanaf nu vanzelf: het zou {count} keer hebben gedaan wat echt werd gedaan.',
    "waits": '"{name}" is zover, maar er is het ja van een eigenaar voor nodig: {why}.',
    "demoted": '"{name}" doe ik niet meer vanzelf: {why}.',
    "earlier": "Versie {version} heeft haar toets doorstaan: een eigenaar kan daarnaar terug.",
    "failed": 'Ik heb "{name}" samengesteld, maar het doorstaat zijn toets niet, dus ik gebruik het niet: {why}.',
    "offer": (
        'Daar heb ik een vaardigheid van gemaakt, "{name}": {told} Zal ik dat vanzelf doen, zonder een model te vragen?'
    ),
    "offer_other": (
        'Daar heb ik een vaardigheid van gemaakt, "{name}": {told} Zal ik een eigenaar vragen of ik dat vanzelf mag'
        " doen, zonder een model te vragen?"
    ),
    "ask_owners": (
        '{who} wil graag dat ik "{name}" vanzelf doe: {told} Mag dat? Op de pagina staat alles wat het mag.'
    ),
    "somebody": "Iemand",
    "passed_on": "Ik vraag het een eigenaar van dit huis.",
    "declined": 'Dan doe ik "{name}" niet vanzelf. Ik vraag het drie maanden niet meer.',
}
_ZH = {
    "accept": "从现在起我会自己做“{name}”，对每个有权的人都一样。",  # noqa: RUF001  Chinese punctuation
    "enable": "“{name}”已启用。",
    "enable_tried": "“{name}”已启用。我会先试一试：等它三次都与实际所做的一致，或主人同意之后才会运行。",  # noqa: RUF001  Chinese punctuation
    "disable": "“{name}”已停用。我会保留它。",
    "rollback": "我已退回到“{name}”的版本 {version}。",
    "retire": "我把“{name}”收起来了。我会保留它。",
    "import": "“{name}”已作为草稿放进技能库。在通过检验并得到主人同意之前，它不会为任何人运行。",  # noqa: RUF001  Chinese punctuation
    "learn": "我整理出了“{name}”。我会先试一试，等它三次都与实际所做的一致，或主人同意之后才会使用它。",  # noqa: RUF001  Chinese punctuation
    "trusted": "从现在起我会自己做“{name}”：它有 {count} 次与实际所做的一致。",  # noqa: RUF001  Chinese punctuation
    "waits": "“{name}”已经准备好，但需要主人同意：{why}。",  # noqa: RUF001  Chinese punctuation
    "demoted": "我不再自己做“{name}”了：{why}。",  # noqa: RUF001  Chinese punctuation
    "earlier": "版本 {version} 通过了检验：主人可以退回到它。",  # noqa: RUF001  Chinese punctuation
    "failed": "我整理出了“{name}”，但它没有通过检验，所以我不使用它：{why}。",  # noqa: RUF001  Chinese punctuation
    "offer": "我由此整理出了一个技能“{name}”：{told} 要我以后自己做，不再询问模型吗？",  # noqa: RUF001  Chinese punctuation
    "offer_other": "我由此整理出了一个技能“{name}”：{told} 要我问问主人，我可不可以自己做，不再询问模型吗？",  # noqa: RUF001  Chinese punctuation
    "ask_owners": "{who}希望我自己做“{name}”：{told} 可以吗？它能做的一切都在页面上。",  # noqa: RUF001  Chinese punctuation
    "somebody": "有人",
    "passed_on": "我会问这个家的主人。",
    "declined": "那我就不自己做“{name}”。三个月内我不会再问。",
}
SAYINGS: Mapping[str, Mapping[str, str]] = {"en": _EN, "de": _DE, "fr": _FR, "nl": _NL, "zh": _ZH}
"""Sentences by language and key; each language has all of them."""


def sentence(language: str, key: str, **fields: object) -> str:
    """Return a sentence in ``language`` (``de``, ``de-AT``), in English where Claw does not speak it."""
    code = language.replace("_", "-").partition("-")[0].casefold()
    return SAYINGS.get(code, _EN)[key].format_map(fields)
