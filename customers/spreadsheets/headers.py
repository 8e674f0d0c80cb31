"""Usual names of columns, folded, in French and English: what the first guess goes by."""

from __future__ import annotations

from typing import Final


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split("|"))


CUSTOMERS: Final[dict[str, tuple[str, ...]]] = {
    "external_id": _names(
        "n client | no client | numero client | num client | id client | code client | "
        "reference client | ref client | client | customer id | customer | customer number | "
        "client id | id | identifiant | numero | n° | n° client | external id | matricule | "
        "user id | id user | n° fiche | n fiche | numero de fiche | fiche client | ref contact | "
        "reference contact | id contact | contact id | code contact | n° adherent | n adherent | "
        "numero adherent | numero d'adherent | code adherent | carte | n° carte | n carte | "
        "no carte | numero de carte | numero "
        "carte | n° de carte | n° carte fidelite | n carte fidelite | numero de carte de fidelite"
    ),
    "email": _names(
        "email | e-mail | mail | adresse mail | adresse e-mail | adresse email | courriel | "
        "adresse electronique | email address | contact email | e mail"
    ),
    "phone": _names(
        "telephone | tel | tel. | telephone portable | portable | mobile | tel portable | tel. "
        "portable | numero de telephone | n° de telephone | phone | phone number | mobile phone "
        "| cell | gsm | telephone mobile | sms | n° tel | num tel"
    ),
    "first_name": _names("prenom | first name | firstname | given name | prenoms"),
    "last_name": _names(
        "nom | nom de famille | last name | lastname | surname | family name | name"
    ),
    "full_name": _names(
        "nom complet | nom et prenom | nom prenom | prenom nom | prenom et nom | full name | "
        "fullname | display name | nom du client | nom client | client | customer | contact name | "
        "customer name | client name"
    ),
    "gender": _names("genre | sexe | civilite | titre | gender | sex | title | civ | civ."),
    "birth_date": _names(
        "date de naissance | naissance | ne le | ne(e) le | anniversaire | birth date | "
        "birthdate | birthday | date of birth | dob | date naissance | "
        "date naiss. | date naiss | naiss. | naiss | date de naiss."
    ),
    "children": _names(
        "enfants | nombre d'enfants | nb enfants | nombre enfants | children | number of children"
    ),
    "marital_status": _names(
        "situation familiale | etat civil | situation maritale | marital status | statut marital"
    ),
    "education": _names("niveau d'etudes | etudes | diplome | education"),
    "profession": _names(
        "profession | metier | csp | job | occupation | categorie socioprofessionnelle"
    ),
    "income_band": _names(
        "revenu | revenus | tranche de revenus | tranche de revenu | income | income band"
    ),
    "language": _names("langue | language | lang | locale"),
    "acquisition_source": _names(
        "source | origine | provenance | canal d'acquisition | source d'acquisition | "
        "acquisition source | comment nous avez-vous connu"
    ),
    "interests": _names(
        "centres d'interet | interets | centre d'interet | interests | gouts | preferences"
    ),
    "tags": _names("tags | tag | etiquettes | etiquette | mots-cles | labels | groupes | groupe"),
    "signed_up_at": _names(
        "date d'inscription | inscription | inscrit le | date inscription | date de creation | "
        "date creation | cree le | created at | created | signup date | signed up at | client "
        "depuis | date d'entree | registered at | date added | carte creee le | date creation "
        "carte | date d'adhesion | adhesion | adherent depuis | membre depuis"
    ),
    "address": _names(
        "adresse | adresse postale | rue | address | street | street address | adresse 1 | "
        "address 1 | adresse1"
    ),
    "postal_code": _names(
        "code postal | cp | c.p. | c p | codepostal | code_postal | postal code | postcode | "
        "zip | zip code | zipcode"
    ),
    "locality": _names(
        "code postal ville | cp ville | code postal et ville | cp et ville | cp - ville | "
        "ville cp | "
        "ville et code postal | localite et code postal"
    ),
    "city": _names("ville | commune | localite | city | town"),
    "country": _names("pays | country | country code | code pays"),
    "preferred_frequency": _names("frequence | frequence souhaitee | frequency"),
    "preferred_channel": _names("canal prefere | canal | preferred channel"),
    "email_consent": _names(
        "optin email | opt-in email | opt in email | optin e-mail | opt-in e-mail | optin mail "
        "| opt-in mail | consentement email | consentement e-mail | newsletter | abonne "
        "newsletter | accepts marketing | accepts email marketing | accord email | rgpd email | "
        "inscrit newsletter | inscrit a la newsletter | inscription newsletter | abonnement "
        "newsletter | accepte newsletter | optin newsletter | opt-in newsletter | "
        "accepte la newsletter"
    ),
    "email_consent_date": _names(
        "date optin email | date opt-in email | date optin | date opt-in | optin date | opt-in "
        "date | date consentement email | date consentement e-mail | date de consentement | date "
        "consentement | date du consentement | consent date | date optin newsletter | date opt-in "
        "newsletter | date inscription newsletter | date d'inscription newsletter | date "
        "d'inscription a la newsletter | newsletter_date_add | newsletter date"
    ),
    "sms_consent_date": _names(
        "date optin sms | date opt-in sms | date consentement sms | date accord sms | sms consent "
        "date"
    ),
    "sms_consent": _names(
        "optin sms | opt-in sms | opt in sms | consentement sms | accepts sms marketing | "
        "accord sms | rgpd sms | sms | sms ok | ok sms | accepte sms | accepte les sms | "
        "envoi sms | recevoir sms"
    ),
}

ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "customer": _names(
        "client | n client | no client | n° client | numero client | id client | code client | "
        "reference client | customer | customer id | customer_id | email | e-mail | mail | "
        "email client | adresse mail | telephone | acheteur | buyer | client id | user id | "
        "customer email | identifiant client"
    ),
    "number": _names(
        "commande | n commande | n° commande | no commande | numero de commande | numero "
        "commande | id commande | ref commande | reference commande | order | order id | order "
        "number | order no | n° de commande | facture | n° facture | numero de facture | "
        "invoice | ticket | n° ticket | transaction | reference"
    ),
    "placed_at": _names(
        "date | date commande | date de commande | date de la commande | date d'achat | date "
        "achat | order date | ordered at | created at | placed at | purchase date | date de "
        "vente | achete le | date facture | datetime | jour"
    ),
    "total": _names(
        "total | total ttc | montant total | total commande | order total | grand total | total "
        "paid | montant ttc | total de la commande | net a payer"
    ),
    "discount": _names("remise | reduction | rabais | discount | montant remise | discount amount"),
    "status": _names(
        "statut | etat | status | statut commande | statut de la commande | financial status | "
        "etat commande"
    ),
    "channel": _names("canal | canal de vente | sales channel | channel"),
    "store": _names("magasin | boutique | store | shop | point de vente"),
    "promo_code": _names(
        "code promo | code promotionnel | coupon | promo | promo code | discount code | bon de "
        "reduction"
    ),
    "product": _names(
        "produit | article | designation | libelle | nom du produit | nom produit | product | "
        "product name | item | lineitem name | reference produit"
    ),
    "category": _names("categorie | rayon | famille | category | product category | gamme"),
    "brand": _names("marque | brand | fabricant | vendor"),
    "quantity": _names(
        "quantite | qte | qty | nb | nombre | nb articles | nombre d'articles | quantity | "
        "lineitem quantity | qte commandee"
    ),
    "unit_price": _names(
        "prix unitaire | pu | p.u. | prix unitaire ttc | pu ttc | unit price | item price | "
        "lineitem price | prix a l'unite"
    ),
    "amount": _names(
        "montant | prix | amount | price | montant ligne | total ligne | prix total | line "
        "total | montant euros | montant (eur) | montant (€) | montant eur | valeur | ca | "
        "chiffre d'affaires | subtotal"
    ),
}

# Who a line is about, where one column must tell: a number before an e-mail before a phone.
PEOPLE: Final = (
    *_names("qui | personne | contact | acheteur | buyer | participant | inscrit | membre"),
    *CUSTOMERS["external_id"],
    *CUSTOMERS["email"],
    *CUSTOMERS["phone"],
    *_names("email client | customer email | mail client | identifiant client"),
)

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "name": _names(
        "evenement | event | event name | nom de l'evenement | nom evenement | action | type | "
        "type d'evenement | event type | activite | activity | visite"
    ),
    "occurred_at": _names(
        "date | date et heure | le | date de l'evenement | event date | occurred at | timestamp "
        "| event time | quand | horodatage | datetime | jour | created at | time"
    ),
    "page": _names("page | url | page url | path | lien | adresse de la page | page path | chemin"),
    "value": _names("valeur | value | montant | amount | panier | event value"),
}

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "listed": _names(
        "status | statut | etat | blacklisted | blocklisted | email blacklisted | blacklist | "
        "blocklist | liste noire | desabonne | desinscrit | unsubscribed | opposition | "
        "email_blacklisted"
    ),
    "contact": _names(
        "adresse | adresses | contact | coordonnees | address | e-mail ou telephone | "
        "email ou telephone | e-mail ou mobile | email ou mobile"
    ),
}
