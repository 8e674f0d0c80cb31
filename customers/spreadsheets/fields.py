"""What a column may mean: the fields of customers and of orders, their types and usual headers.

One entry a field drives the guess, the cleaning, the wizard's list and the command's checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.fieldtypes import CLEANERS, Cell, CleaningError, Reading, clean_word
from customers.fieldtypes.words import WORDS
from customers.folding import fold
from customers.models import CustomAttribute, ImportJob

ATTRIBUTE_PREFIX: Final = "attr:"
_TYPE_OF_ATTRIBUTE: Final = {
    "text": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "choice": "text",
}


@dataclass(frozen=True)
class Field:
    """A field a column can be mapped to.

    `type` is a key of CLEANERS or WORDS; `headers` are usual column names, folded; `repeats`
    says that several columns may be mapped to it.
    """

    key: str
    label: str | Promise
    type: str
    headers: str = ""
    max_length: int = 0
    group: str = ""
    repeats: bool = False
    choices: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The usual headers of such a column, folded."""
        own = {fold(self.key.replace("_", " ")), fold(str(self.label))}
        return frozenset(own | {name for name in self.headers.split("|") if name})


CUSTOMER_FIELDS: Final = (
    Field("external_id", _("Customer number"), "identifier", "n client|no client|numero client|num client|id client|code client|reference client|ref client|client|customer id|customer|customer number|client id|id|identifiant|numero|n°|n° client|external id|matricule|user id|id user", 80, "identity"),
    Field("email", _("E-mail"), "email", "email|e-mail|mail|adresse mail|adresse e-mail|adresse email|courriel|adresse electronique|email address|contact email|e mail", 254, "identity"),
    Field("phone", _("Phone"), "phone", "telephone|tel|tel.|telephone portable|portable|mobile|tel portable|tel. portable|numero de telephone|n° de telephone|phone|phone number|mobile phone|cell|gsm|telephone mobile|sms|n° tel|num tel", 0, "identity"),
    Field("first_name", _("First name"), "text", "prenom|first name|firstname|given name|prenoms", 80, "identity"),
    Field("last_name", _("Last name"), "text", "nom|nom de famille|last name|lastname|surname|family name|name", 80, "identity"),
    Field("gender", _("Gender"), "gender", "genre|sexe|civilite|titre|gender|sex|title|civ|civ.", 0, "profile"),
    Field("birth_date", _("Date of birth"), "birth_date", "date de naissance|naissance|ne le|ne(e) le|anniversaire|birth date|birthdate|birthday|date of birth|dob|date naissance", 0, "profile"),
    Field("children", _("Children"), "whole", "enfants|nombre d'enfants|nb enfants|nombre enfants|children|number of children", 0, "profile"),
    Field("marital_status", _("Marital status"), "marital_status", "situation familiale|etat civil|situation maritale|marital status|statut marital", 0, "profile"),
    Field("education", _("Education"), "text", "niveau d'etudes|etudes|diplome|education", 40, "profile"),
    Field("profession", _("Profession"), "text", "profession|metier|csp|job|occupation|categorie socioprofessionnelle", 60, "profile"),
    Field("income_band", _("Income band"), "text", "revenu|revenus|tranche de revenus|tranche de revenu|income|income band", 40, "profile"),
    Field("language", _("Language"), "language", "langue|language|lang|locale", 0, "profile"),
    Field("acquisition_source", _("How they found us"), "text", "source|origine|provenance|canal d'acquisition|source d'acquisition|acquisition source|comment nous avez-vous connu", 40, "profile"),
    Field("interests", _("Interests"), "set", "centres d'interet|interets|centre d'interet|interests|gouts|preferences", 0, "profile"),
    Field("tags", _("Tags"), "set", "tags|tag|etiquettes|etiquette|mots-cles|labels|groupes|groupe", 0, "profile", repeats=True),
    Field("signed_up_at", _("Signed up on"), "instant", "date d'inscription|inscription|inscrit le|date inscription|date de creation|date creation|cree le|created at|created|signup date|signed up at|client depuis|date d'entree|registered at|date added", 0, "profile"),
    Field("address", _("Street address"), "text", "adresse|adresse postale|rue|address|street|street address|adresse 1|address 1|adresse1", 200, "place"),
    Field("postal_code", _("Postcode"), "postcode", "code postal|cp|c.p.|c p|codepostal|code_postal|postal code|postcode|zip|zip code|zipcode", 0, "place"),
    Field("city", _("City"), "text", "ville|commune|localite|city|town", 100, "place"),
    Field("country", _("Country"), "country", "pays|country|country code|code pays", 0, "place"),
    Field("preferred_frequency", _("Preferred frequency"), "preferred_frequency", "frequence|frequence souhaitee|frequency", 0, "reach"),
    Field("preferred_channel", _("Preferred channel"), "preferred_channel", "canal prefere|canal|preferred channel", 0, "reach"),
    Field("email_consent", _("Consent to e-mails"), "consent", "optin email|opt-in email|opt in email|optin e-mail|opt-in e-mail|optin mail|opt-in mail|consentement email|consentement e-mail|newsletter|abonne newsletter|accepts marketing|accepts email marketing|accord email|rgpd email", 0, "reach"),
    Field("sms_consent", _("Consent to SMS"), "consent", "optin sms|opt-in sms|opt in sms|consentement sms|accepts sms marketing|accord sms|rgpd sms", 0, "reach"),
)  # fmt: skip

ORDER_FIELDS: Final = (
    Field("customer", pgettext_lazy("of an order", "Customer"), "identifier", "client|n client|no client|n° client|numero client|id client|code client|reference client|customer|customer id|customer_id|email|e-mail|mail|email client|adresse mail|telephone|acheteur|buyer|client id|user id|customer email|identifiant client", 254, "order"),
    Field("number", _("Order number"), "identifier", "commande|n commande|n° commande|no commande|numero de commande|numero commande|id commande|ref commande|reference commande|order|order id|order number|order no|n° de commande|facture|n° facture|numero de facture|invoice|ticket|n° ticket|transaction|reference", 80, "order"),
    Field("placed_at", _("Order date"), "instant", "date|date commande|date de commande|date de la commande|date d'achat|date achat|order date|ordered at|created at|placed at|purchase date|date de vente|achete le|date facture|datetime|jour", 0, "order"),
    Field("total", _("Order total"), "money", "total|total ttc|montant total|total commande|order total|grand total|total paid|montant ttc|total de la commande|net a payer", 0, "order"),
    Field("discount", _("Discount"), "money", "remise|reduction|rabais|discount|montant remise|discount amount", 0, "order"),
    Field("status", _("Order status"), "order_status", "statut|etat|status|statut commande|statut de la commande|financial status|etat commande", 0, "order"),
    Field("channel", _("Sales channel"), "sales_channel", "canal|canal de vente|sales channel|channel", 0, "order"),
    Field("store", _("Shop"), "text", "magasin|boutique|store|shop|point de vente", 80, "order"),
    Field("promo_code", _("Promotion code"), "text", "code promo|code promotionnel|coupon|promo|promo code|discount code|bon de reduction", 40, "order"),
    Field("product", _("Product"), "text", "produit|article|designation|libelle|nom du produit|nom produit|product|product name|item|lineitem name|reference produit", 160, "line"),
    Field("category", _("Category"), "text", "categorie|rayon|famille|category|product category|gamme", 80, "line"),
    Field("brand", _("Brand"), "text", "marque|brand|fabricant|vendor", 80, "line"),
    Field("quantity", _("Quantity"), "quantity", "quantite|qte|qty|nb|nombre|nb articles|nombre d'articles|quantity|lineitem quantity|qte commandee", 0, "line"),
    Field("amount", _("Amount"), "money", "montant|prix|amount|price|montant ligne|total ligne|prix total|line total|montant euros|montant (eur)|montant (€)|montant eur|valeur|ca|chiffre d'affaires|subtotal", 0, "line"),
)  # fmt: skip

# Fields rules know that come from what people do, or from other fields: never from a column.
DERIVED: Final = frozenset(
    "age department region area location has_email has_mobile reachable_email reachable_sms "
    "email_domain phone_country tracking_consent messages_last_7_days messages_last_30_days "
    "orders_count total_spent average_basket discount_share days_between_orders first_order_at "
    "last_order_at expected_next_order_at favourite_category categories purchase_rhythm".split()
)
GROUP_LABEL: Final[dict[str, str | Promise]] = {
    "identity": _("Who they are"),
    "profile": _("Profile"),
    "place": _("Where they live"),
    "reach": _("How to reach them"),
    "attributes": _("Custom attributes"),
    "order": _("The order"),
    "line": _("What was bought"),
}


def attribute_field(key: str, label: str, type_: str, choices: Iterable[str] = ()) -> Field:
    """The field of a custom attribute, existing or to be created."""
    return Field(
        f"{ATTRIBUTE_PREFIX}{key}", label, _TYPE_OF_ATTRIBUTE[type_], "", 500, "attributes",
        choices=tuple(choices),
    )  # fmt: skip


def fields_of(kind: str) -> dict[str, Field]:
    """The fields a column of this kind of file can be mapped to, by key; one query at most."""
    if kind == ImportJob.Kind.ORDERS:
        return {field.key: field for field in ORDER_FIELDS}
    known = {field.key: field for field in CUSTOMER_FIELDS}
    for attribute in CustomAttribute.objects.order_by("label"):
        field = attribute_field(
            attribute.key, attribute.label, attribute.type, attribute.choices or ()
        )
        known[field.key] = field
    return known


def cleaner_of(field: Field) -> Callable[[Cell, Reading], Any]:
    """The function that reads a cell of this field, its length and choices checked."""
    if field.type in WORDS:
        words = WORDS[field.type]
        return lambda cell, _reading: clean_word(cell, words)
    clean = CLEANERS[field.type]
    if field.choices:
        return _within_choices(field, clean)
    if field.max_length and field.type in ("text", "identifier", "email"):
        return _within_length(field, clean)
    return clean


def _within_length(
    field: Field, clean: Callable[[Cell, Reading], Any]
) -> Callable[[Cell, Reading], Any]:
    limit = field.max_length

    def bounded(cell: Cell, reading: Reading) -> Any:
        value = clean(cell, reading)
        if value is not None and len(value) > limit:
            message = format_lazy(_("This text is longer than {limit} characters."), limit=limit)
            raise CleaningError("too_long", message)
        return value

    return bounded


def _within_choices(
    field: Field, clean: Callable[[Cell, Reading], Any]
) -> Callable[[Cell, Reading], Any]:
    listed = {fold(choice): choice for choice in field.choices}

    def chosen(cell: Cell, reading: Reading) -> Any:
        value = clean(cell, reading)
        if value is None:
            return None
        if fold(value) not in listed:
            known = ", ".join(field.choices[:8])
            message = format_lazy(
                _("This is not one of the choices of this attribute: {known}."), known=known
            )
            raise CleaningError("not_a_choice", message)
        return listed[fold(value)]

    return chosen
