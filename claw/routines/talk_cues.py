"""What a sentence must hold to be about something later at all: one look at words, before anything is read.

Nearly every sentence is about now, and none of those should pay for the few that are not.
"""

from collections.abc import Mapping

_EN_DAYS = "mon|tues|wednes|thurs|fri|satur|sun"

CUES: Mapping[str, str] = {
    "en": (
        r"\b(?:at (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|mid|half|quarter|sun|dusk)"
        r"|(?:at|by|around) (?:\d|exactly|about|around|a quarter|weekend|sun|noon)|every|each|daily|hourly|nightly"
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
        r"|verschieb\w*|lösch\w*|pausiere?|abbrechen|später|früher|am \d)\b|erinnere|timer\b"
    ),
}
"""Expressions over lower case, by language."""
