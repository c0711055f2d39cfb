"""What a sentence must hold to be about something later at all: one look at words, before anything is read.

Nearly every sentence is about now, and none of those should pay for the few that are not.
"""

from collections.abc import Mapping

_EN_DAYS = "mon|tues|wednes|thurs|fri|satur|sun"

CUES: Mapping[str, str] = {
    "en": (
        r"\b(?:at (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|mid|half|quarter|sun|dusk)"
        r"|(?:at|by|around) (?:\d+|exactly|about|around|a quarter|weekend|sun|noon)|every|each|daily|hourly|nightly"
        r"|monthly|when|whenever|once|if|as soon as|the moment|next time|in case|remind\w*|reminders?|timers?|alarms?"
        r"|wake|get me up|schedul\w*|planned|coming up|routines?|automations?|tomorrow|tonight|today|later|this evening"
        rf"|this afternoon|sunset|sunrise|sundown|dusk|dawn|noon|midnight|(?:{_EN_DAYS})days?|weekdays?|weekends?"
        r"|seconds?|secs?|minutes?|mins?|hours?|hrs?|days|weeks?|months?|skip|snooze|count down|\d{1,2}:\d\d"
        r"|half past|o'?clock|forget|january|february|march|april|may|june|july|august|september|october|november"
        r"|december)\b|\d ?[ap]\.?m\b"
    ),
    "de": (
        r"\b(?:um|gegen|in|nach) (?:\d|ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|halb|viertel"
        r"|dreiviertel|etwa|genau|zwanzig|dreißig|fünfzehn|mitternacht)|\b(?:wenn|falls|sobald|jede[nrs]?|immer|täglich"
        r"|stündlich|alle \w+ (?:min|stund|tage)|timer|wecker|wecke?|erinner\w*|geplant|routinen?|zeitplan|zeitpläne"
        r"|automation(?:en)?|morgen|heute|übermorgen|abends|morgens|nachts|mittags|werktags?|wochenende\w*|mitternacht"
        r"|sonnenuntergang|sonnenaufgang|dunkelheit|(?:mon|diens|donners|frei|sams)tags?|mittwochs?|sonntags?|unter der"
        r"|minuten?|stunden?|sekunden?|tagen|wochen?|überspring\w*|steht an|was (?:ist|steht)|\d{1,2}:\d\d|uhr|monats?"
        r"|verschieb\w*|lösch\w*|pausiere?|abbrechen|später|früher|am \d+)\b|erinnere|timer\b"
    ),
    "fr": (
        r"\b(?:à|vers) (?:\d|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|vingt|midi|minuit|environ)"
        r"|\b(?:quand|lorsque|si|dès|chaque|tous les|toutes les"
        r"|dans (?:\d+|une|deux|trois|cinq|dix|quinze|vingt|trente)"
        r"|rappel\w*|minut\w*|timer|réveil\w*|prévue?s?|programmé\w*|routines?|automatisations?|demain|ce soir"
        r"|cet après|cette nuit|ce matin|aujourd'hui|coucher du|lever du|semaine|week-?end|lundis?|mardis?|mercredis?"
        r"|jeudis?|vendredis?|samedis?|dimanches?|minutes?|heures?|secondes?|jours?|mois|saute|passe|plus tard"
        r"|plus tôt|annule|supprime|préviens|avertis|\d{1,2}:\d\d|\d{1,2} ?h|quotidiennement)\b|lorsqu'|dès qu'"
    ),
    "nl": (
        r"\b(?:om|over|rond|tegen) (?:\d|één|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|half|kwart)"
        r"|\b(?:als|wanneer|zodra|elke?|iedere?|telkens|altijd|dagelijks|herinner\w*|timers?|kookwekker|wekker|wek|gepland"
        r"|routines?|schema's?|automatiseringen|morgen\w*|vandaag|vanavond|vanmiddag|vannacht|vanochtend|overmorgen"
        r"|zonsondergang|zonsopgang|werkdag\w*|doordeweeks|weekend|(?:maan|dins|woens|donder|vrij|zater|zon)dag\w*"
        r"|minuten|minuut|uren|uur|seconden|dagen|weken|maand|later|eerder|sla|verwijder|annuleer|\d{1,2}:\d\d"
        r"|middernacht|planning|waarschuw|snooze)\b"
    ),
    "zh": (
        r"点|分钟|小时|秒|每|提醒|计时|定时|闹钟|安排|例程|日程|自动化|明天|明早|明晚|今晚|今天|后天|工作日|周|星期|日落|日出|天黑|天亮"
        r"|的时候|[开关家门走好完上锁度]时|以后|之后|后|跳过|取消|删除|推迟|提前|叫醒|起床|恢复|\d:\d\d|午夜|就|分后|年|月"
    ),
}
"""Expressions over lower case, by language."""
