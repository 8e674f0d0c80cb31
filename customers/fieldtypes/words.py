"""Words that stand for a code: yes and no, titles, statuses, countries and languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import phonenumbers
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.fieldtypes.base import Cell, CleaningError, Reading, is_blank, text_of
from customers.folding import fold


def _table(**words: str) -> dict[str, str]:
    """Folded word → code, from code → words separated by bars."""
    return {word: code for code, listed in words.items() for word in listed.split("|")}


YES: Final = frozenset(
    "oui o yes y vrai true t 1 -1 x ok on ✓ ✔ ☑ actif active coche cochee enabled checked".split()
)
NO: Final = frozenset(
    "non n no faux false f 0 off ☐ ✗ ✘ inactif inactive disabled unchecked".split()
)
# What is in use is not thereby agreed to.
_IN_USE: Final = frozenset("actif active enabled inactif inactive disabled".split())
GENDER: Final = _table(
    # 1 and 2 as the INSEE numbers them.
    female="f|femme|femmes|feminin|feminine|feminin(e)|mme|mme.|mmes|madame|mlle|mlle.|mle|melle"
    "|mademoiselle|female|woman|w|mrs|mrs.|ms|ms.|miss|fille|2",
    male="m|m.|h|homme|hommes|masculin|mr|mr.|monsieur|mister|male|man|garcon|1",
    non_binary="non binaire|non-binaire|nb|non-binary|non binary|non_binary|enby|mx|mx.",
)
MARITAL_STATUS: Final = _table(
    single="single|celibataire|seul|seule",
    couple="couple|en couple|in a couple|concubinage|union libre|pacs|pacse|pacsee|pacse(e)",
    married="married|marie|mariee|marie(e)",
    divorced="divorced|divorce|divorcee|divorce(e)|separe|separee|separe(e)",
    widowed="widowed|veuf|veuve|veuf(ve)|veuf/veuve",
)
FREQUENCY: Final = _table(
    weekly="weekly|every week|hebdomadaire|chaque semaine|toutes les semaines",
    monthly="monthly|every month|mensuel|mensuelle|chaque mois|tous les mois",
    important="important|important news only|seulement l'important|nouvelles importantes",
)
PREFERRED_CHANNEL: Final = _table(
    email="email|e-mail|mail|courriel|courrier electronique",
    sms="sms|texto|text|telephone|mobile",
)
ORDER_STATUS: Final = _table(
    paid="paid|paye|payee|regle|reglee|complete|completed|termine|terminee|livre|livree|delivered"
    "|expedie|expediee|shipped|valide|validee|ok|processing|en preparation|en cours|fulfilled"
    "|partially refunded|partiellement remboursee|partiellement rembourse|wc-completed"
    "|wc-processing|paiement accepte|paiement a distance accepte|en cours de preparation"
    "|preparation en cours|en cours de livraison|payment accepted|remote payment accepted"
    "|processing in progress|on backorder (paid)|en attente de reapprovisionnement (paye)|facture"
    "|facturee|soldee|solde",
    pending="pending|en attente|attente|a payer|unpaid|impaye|impayee|on-hold|on hold"
    "|awaiting payment|pending payment|attente paiement|en attente paiement|en attente de paiement"
    "|wc-pending|wc-on-hold|authorized|partially paid|draft|brouillon|checkout-draft"
    "|en attente de paiement par cheque|en attente du paiement par cheque|awaiting check payment"
    "|en attente de virement bancaire|awaiting bank wire payment"
    "|awaiting cash on delivery validation|en attente de paiement a la livraison"
    "|on backorder (not paid)"
    "|en attente de reapprovisionnement (non paye)",
    refunded="refunded|rembourse|remboursee|wc-refunded|avoir",
    cancelled="cancelled|canceled|annule|annulee|failed|echouee|abandonnee|voided|expired|wc-failed"
    "|wc-cancelled|payment error|erreur de paiement|trash|refusee|paiement refuse",
)
SALES_CHANNEL: Final = _table(
    web="web|site|site web|site internet|internet|online|en ligne|e-commerce|ecommerce|web site"
    "|website|online store|boutique en ligne|iphone|android|mobile app|application|direct",
    store="store|shop|boutique|magasin|en magasin|point de vente|pos|caisse|retail|physique",
    phone="phone|telephone|tel|shopify_draft_order|draft order|devis",
    marketplace="marketplace|place de marche|amazon|ebay|cdiscount|fnac|rakuten|etsy|manomano",
)
CONSENT: Final = _table(
    given="given|donne|donnee|accorde|accepte|acceptee|opt-in|optin|opt in|abonne|abonnee|abonne(e)"
    "|subscribed|inscrit|inscrite|inscrit(e)|confirmed",
    withdrawn="withdrawn|retire|retiree|refuse|refusee|opt-out|optout|opt out|desabonne|desabonnee"
    "|desabonne(e)|desinscrit|desinscrite|desinscrit(e)|unsubscribed|blocklisted|blacklisted|cleaned|stop",
    unknown="unknown|inconnu|not subscribed|not_subscribed|pending|non inscrit|unconfirmed",
)
_LISTED: Final = frozenset(
    {
        "bounced", "bounce", "hardbounce", "hard bounce", "spam", "complaint", "plainte", "npai",
        "disabled", "inactif", "blackliste", "blacklistee", "liste noire", "en liste noire",
        "opposition", "oppose", "opposee", "bloque", "bloquee", "blocked", "plaintes",
        "invalide", "invalid", "ne plus contacter", "ne pas contacter", "do not contact",
    }
)  # fmt: skip
WORDS: Final[dict[str, Mapping[str, str]]] = {
    "gender": GENDER,
    "marital_status": MARITAL_STATUS,
    "preferred_frequency": FREQUENCY,
    "preferred_channel": PREFERRED_CHANNEL,
    "order_status": ORDER_STATUS,
    "sales_channel": SALES_CHANNEL,
}
# What people read of a code; `phone` and `email` are channels here.
NAMES: Final = {
    "female": _("Woman"), "male": _("Man"), "non_binary": _("Non-binary"), "single": _("Single"),
    "couple": _("In a couple"), "married": _("Married"), "divorced": _("Divorced"),
    "widowed": _("Widowed"), "weekly": _("Every week"), "monthly": _("Every month"),
    "important": _("Important news only"), "email": _("E-mail"), "sms": _("SMS"),
    "pending": _("Pending"), "paid": _("Paid"), "refunded": _("Refunded"),
    "cancelled": _("Cancelled"), "web": _("Web site"), "store": _("Shop"), "phone": _("Phone"),
    "marketplace": _("Marketplace"),
}  # fmt: skip
# Said instead of an answer.
_UNSAID: Final = frozenset(
    {
        "autre", "other", "inconnu", "inconnue", "unknown", "non precise", "non renseigne",
        "indetermine", "neutre", "neutral", "ne souhaite pas repondre", "0", "9", "x", "u", "nr",
        # Titles that say nothing of the gender, and two people on one line.
        "dr", "dr.", "docteur", "me", "me.", "maitre", "pr", "pr.", "professeur", "ste", "societe",
        "sarl", "m. et mme", "m et mme", "mr et mme", "m./mme", "m. ou mme", "mme et m.",
        "monsieur et madame", "madame, monsieur",
    }
)  # fmt: skip
_LANGUAGES: Final = _table(
    fr="francais|french|francaise|fra|fre", en="anglais|english|eng", es="espagnol|spanish|spa",
    de="allemand|german|deu|ger", it="italien|italian|ita", pt="portugais|portuguese|por",
    nl="neerlandais|dutch|nld|dut", ar="arabe|arabic|ara", zh="chinois|chinese|zho|chi",
)  # fmt: skip
_COUNTRIES: Final = _table(
    FR="france|fra|france metropolitaine", BE="belgique|belgium|bel", CH="suisse|switzerland|che",
    LU="luxembourg|lux", MC="monaco|mco", DE="allemagne|germany|deu", ES="espagne|spain|esp",
    IT="italie|italy|ita", PT="portugal|prt", NL="pays-bas|pays bas|netherlands|nld",
    GB="royaume-uni|royaume uni|angleterre|united kingdom|england|great britain|uk|gbr",
    IE="irlande|ireland|irl", US="etats-unis|etats unis|united states|usa|united states of america",
    CA="canada|can|quebec",
    MA="maroc|morocco|mar", DZ="algerie|algeria|dza", TN="tunisie|tunisia|tun",
    SN="senegal|sen", CI="cote d'ivoire|cote divoire|ivory coast|civ", AT="autriche|austria|aut",
    PL="pologne|poland|pol", SE="suede|sweden|swe", DK="danemark|denmark|dnk",
    FI="finlande|finland",
    NO="norvege|norway|nor", GR="grece|greece|grc", RO="roumanie|romania|rou", AD="andorre|andorra",
    CZ="republique tcheque|tchequie|czechia|czech republic", HU="hongrie|hungary", JP="japon|japan",
    CN="chine|china", AU="australie|australia", BR="bresil|brazil", RE="reunion|la reunion|reu",
    GP="guadeloupe|glp", MQ="martinique|mtq", GF="guyane|guyane francaise|french guiana|guf",
    YT="mayotte|myt", PM="saint-pierre-et-miquelon", BL="saint-barthelemy", MF="saint-martin",
    NC="nouvelle-caledonie|nouvelle caledonie|new caledonia|ncl",
    PF="polynesie francaise|french polynesia|polynesie|pyf", WF="wallis-et-futuna|wallis et futuna",
)  # fmt: skip


def clean_boolean(cell: Cell, reading: Reading) -> bool | None:
    """Yes or no, in the ways people tick a box."""
    if isinstance(cell, bool):
        return cell
    text = text_of(cell)
    if is_blank(text):
        return None
    word = fold(text).rstrip(".")
    if word in YES:
        return True
    if word in NO:
        return False
    raise CleaningError("not_yes_or_no", _("Write yes or no."))


def clean_consent(cell: Cell, reading: Reading) -> str | None:
    """given, withdrawn, or None for unknown; "yes" is given and "no" is withdrawn."""
    text = text_of(cell)
    if not isinstance(cell, bool):
        if is_blank(text):
            return None
        word = fold(text)
        if state := CONSENT.get(word):
            return None if state == "unknown" else state
        if word in _IN_USE:
            raise CleaningError("not_yes_or_no", _("Write yes or no."))
    answer = clean_boolean(cell, reading)
    return "given" if answer else "withdrawn"


def clean_listed(cell: Cell, reading: Reading) -> bool | None:
    """Whether an address is on a list never to write to; "unsubscribed" is yes, "enabled" no."""
    text = text_of(cell)
    if not isinstance(cell, bool):
        word = fold(text)
        if CONSENT.get(word) == "withdrawn" or word in _LISTED:
            return True
        if word in CONSENT or word in _IN_USE:
            return False
    return clean_boolean(cell, reading)


def clean_word(cell: Cell, words: Mapping[str, str]) -> str | None:
    """The code of a word of a closed list; the codes themselves are words too."""
    text = text_of(cell)
    if is_blank(text):
        return None
    word = fold(text)
    code = words.get(word) or words.get(word.replace("_", " "))
    if code is None:
        if word in words.values():
            return word
        if word in _UNSAID:
            return None
        codes = dict.fromkeys(words.values())
        known = ", ".join("{} (" + code + ")" for code in codes)
        raise CleaningError(
            "unknown_word",
            format_lazy(
                "{} " + known,
                _("This word is not known here. Known codes:"),
                *(NAMES[code] for code in codes),
            ),
        )
    return code


def clean_country(cell: Cell, reading: Reading) -> str | None:
    """An ISO 3166 code of two letters, from a code or a name in French or English."""
    text = text_of(cell)
    if not text or text == "-":
        return None
    code = text.upper()
    if len(code) == 2 and code in phonenumbers.SUPPORTED_REGIONS:
        return code
    if found := _COUNTRIES.get(fold(text).replace("’", "'")):
        return found
    if is_blank(text):
        return None
    raise CleaningError("unknown_country", _("Write the country by its two-letter code, like FR."))


def clean_language(cell: Cell, reading: Reading) -> str | None:
    """A language code of two letters, from a code (fr, fr-FR) or a name."""
    text = text_of(cell)
    if is_blank(text):
        return None
    word = fold(text).replace("_", "-")
    if found := _LANGUAGES.get(word):
        return found
    code = word.split("-")[0]
    if len(code) == 2 and code.isascii() and code.isalpha() and len(word) <= 10:
        return code
    raise CleaningError(
        "unknown_language", _("Write the language by its two-letter code, like fr.")
    )
