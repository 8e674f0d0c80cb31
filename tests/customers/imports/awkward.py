"""Makes the text files of tests/data/imports: `python -m tests.customers.imports.awkward`.

Each has the quirks of a program that people export from; the people in them are invented. The
expected reports beside them are written by `--reports`, to be read before they are committed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "data" / "imports"

Made = Callable[[], bytes]
TEXTS: Final[dict[str, Made]] = {}


def _file(name: str, text: str, encoding: str = "utf-8", ends: str = "\n") -> None:
    TEXTS[name] = lambda: text.replace("\n", ends).encode(encoding)


# Excel in French: semicolons, Windows letters, numbers that lost their zeros.
_file(
    "customers_excel_fr_csv.csv",
    "Code client;Civilité;Nom;Prénom;Adresse e-mail;Tél. portable;Date de naissance;CP;Ville\n"
    "1001;Mme;LEFÈVRE;Zoé;zoe.lefevre@exemple.fr;612345678;14/07/1985;1000;Bourg-en-Bresse\n"
    "1002;M.;Nuñez;André;ANDRE.NUNEZ@EXEMPLE.FR ;06 23 45 67 89;01/02/1970;34200;Sète\n"
    '1003;Mlle;"D\'Aubigné; de";Chloé;chloe@exemple;0634567890;31/11/1990;75011;Paris\n'
    "1004;M.;Œuvrard;Gaël;gael@exemple.fr;6,12E+08;;69003;Lyon 3e\n",
    "cp1252",
    "\r\n",
)
_file(
    "customers_excel_csv_utf8.csv",
    "N° client;Nom;E-mail;Téléphone;Pays\n"
    "C-01;Müller;jurgen@exemple.de;+49 30 901820;Allemagne\n"
    "C-02;Ó Súilleabháin;sean@exemple.ie;+353 1 679 7500;IE\n"
    "C-03;Château;anne@exemple.fr;04.91.00.00.00;France\n",
    "utf-8-sig",
    "\r\n",
)
_file(
    "customers_excel_unicode_text.txt",
    "Nom\tPrénom\tMail\tPortable\tRemarque\n"
    'Çelik\tÉmine\temine@exemple.fr\t+33 (0)6 11 22 33 44\t"dit ""Mimi"", rue\nde l\'Orme"\n'
    "Łuczak\tPaweł\tpawel@exemple.fr\t0033 7 55 66 77 88\t\n",
    "utf-16",
    "\r\n",
)
_file(
    "customers_excel_mac.csv",
    "Nom;Prénom;Courriel;Téléphone;Ville\n"
    "Bégué;Hélène;helene@exemple.fr;05 61 00 11 22;Béziers\n"
    "Forêt;François;francois@exemple.fr;06-98-76-54-32;Orléans\n",
    "mac-roman",
    "\r",
)
_file(
    "customers_excel_us.csv",
    "Customer ID,First Name,Last Name,Email,Birthday,Date Added\n"
    "7,Ann,Lee,ann@example.com,12/31/1980,3/14/2024\n"
    "8,Bob,O'Neil,bob@example.com,02/03/1991,11/25/2023\n",
    ends="\r\n",
)
_file(
    "customers_excel_sep_line.csv",
    "sep=;\nidentifiant;email;optin_email\n1;a@exemple.fr;oui\n2;b@exemple.fr;non\n",
    "cp1252",
    "\r\n",
)
_file(
    "customers_libreoffice.csv",
    '"Numéro client","Nom","E-mail","Code postal","Date d\'inscription"\n'
    '"12","Le Gall, Yann","yann@exemple.fr","29000","2024-02-29"\n'
    '"13","Petit ""Jo""","jo@exemple.fr","2A004","2023-02-29"\n',
)
_file(
    "customers_google_sheets.csv",
    "Id,Email,Phone,City,Tags\n"
    '1,a@exemple.fr,#N/A,#REF!,"vip, Lyon"\n'
    "2,#N/A,+33698765432,Nice,\n3,#N/A,#N/A,,\n,#N/A,,,\n",
)
_file(
    "customers_numbers_export.csv",
    "Tableau 1;;;\nNom;E-mail;Mobile;\nRoux;roux@exemple.fr;0612121212;\n"
    "Blanc;blanc@exemple.fr;0613131313;\n;;;\n;;;\n",
)
_file(
    "customers_shopify.csv",
    "First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,"
    "Default Address Province Code,Default Address Country Code,Default Address Zip,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags\n"
    "Léa,Martin,lea@exemple.fr,yes,,12 rue du Bac,,Paris,,FR,'75007,'+33612340001,'+33612340001,"
    'no,120.50,3,,no,"vip, été"\n'
    "Tom,Durand,tom@exemple.fr,no,ACME,3 quai Est,Bât. B,Lyon,,FR,'69002,,,no,0.00,0,"
    '"Appeler\nle matin",no,\n',
)
_file(
    "orders_shopify.csv",
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Vendor\n"
    "#1001,lea@exemple.fr,paid,2026-03-12 10:12:33 +0100,fulfilled,EUR,45.00,5.00,8.33,50.00,PRINT,"
    "5.00,2026-03-12 10:12:31 +0100,1,Robe lin / 38,40.00,Atelier\n"
    "#1001,lea@exemple.fr,,,,,,,,,,,2026-03-12 10:12:31 +0100,2,Broche,5.00,Atelier\n"
    "#1002,tom@exemple.fr,refunded,,,EUR,12.90,0.00,2.15,12.90,,0.00,2026-03-13 23:59:59 +0100,1,"
    "Carnet,12.90,\n",
)
_file(
    "customers_woocommerce.csv",
    "Name,Username,Last Active,Date Registered,Email,Orders,Total Spend,AOV,Country / Region,City,"
    "Region,Postal Code\n"
    '"Anna Costa",anna,"2026-02-01 10:00:00","2024-05-06 09:08:07",anna@exemple.fr,2,80.00,40.00,'
    "FR,Ajaccio,,20000\n"
    '"Sans Mail",sans,,,,0,0,0,FR,Brest,,29200\n',
)
_file(
    "orders_woocommerce.csv",
    "Order Number,Order Status,Order Date,Customer Note,Customer User Email,Order Total Amount,"
    "Coupon Code,Item Name,Quantity (- Refund),Item Cost\n"
    "501,Completed,2026-01-15 08:30:00,,anna@exemple.fr,64.90,HIVER,Bonnet,1,24.90\n"
    "501,Completed,2026-01-15 08:30:00,,anna@exemple.fr,64.90,HIVER,Écharpe,1,40.00\n"
    '502,Cancelled,2026-01-16 18:00:00,"Fragile, merci",b@exemple.fr,10,,Gants,1,10\n',
)
_file(
    "customers_prestashop.csv",
    '"ID";"Titre de civilité";"Prénom";"Nom";"Adresse e-mail";"Groupe";"Ventes";"Activé";'
    '"Lettre d\'informations";"Offres partenaires";"Inscription";"Dernière visite"\n'
    '"3";"M";"Paul";"NOIR";"paul.noir@exemple.fr";"Client";"€120,00";"1";"1";"0";'
    '"2023-04-05 06:07:08";"2026-01-01 00:00:00"\n'
    '"4";"Mme";"Inès";"VERT";"ines@exemple.fr";"Client";"--";"0";"0";"0";'
    '"2023-04-06 00:00:00";"0000-00-00 00:00:00"\n',
)
_file(
    "orders_prestashop.csv",
    '"ID";"Référence";"Nouveau client";"Livraison";"Client";"E-mail";"Total";"Paiement";"État";'
    '"Date"\n'
    '"91";"XKBKNABJK";"1";"France";"P. NOIR";"paul.noir@exemple.fr";"1\u202f234,56 €";"CB";'
    '"Paiement accepté";"12/03/2026 10:11:12"\n'
    '"92";"OHSATSERP";"0";"France";"I. VERT";"ines@exemple.fr";"0,00 €";"Chèque";"Annulé";'
    '"13/03/2026 09:00:00"\n',
)
_file(
    "customers_brevo.csv",
    "CONTACT ID;EMAIL;NOM;PRENOM;SMS;DOUBLE_OPT-IN;OPT_IN;ADDED_TIME;MODIFIED_TIME\n"
    "55;marie@exemple.fr;Petit;Marie;33612345678;1;true;12-03-2024 09:10:11;12-03-2024 09:10:11\n"
    "56;;Grand;Luc;33698765432;;false;13-03-2024 09:10:11;\n",
)
_file(
    "customers_mailchimp.csv",
    "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,OPTIN_TIME,"
    "OPTIN_IP,CONFIRM_TIME,LEID,EUID,NOTES,TAGS\n"
    'eva@exemple.fr,Eva,Morel,"1 rue Haute  Lille  59000  FR",+33611110000,12/31,4,'
    '"2023-01-02 03:04:05",,"2023-01-02 03:04:05",1,abc,,"""vip"",""Salon 2025"""\n'
    "bad@@exemple.fr,Max,,,,,2,2023-01-03 03:04:05,,,2,def,,\n",
)
_file(
    "orders_caisse_dos.csv",
    "MAGASIN CENTRE - JOURNAL DES VENTES\nEdité le 31/01/2026\n\n"
    "N° ticket;Date;Heure;Code client;Désignation;Qté;Montant TTC\n"
    "000123;05/01/2026;10:12;1001;Pâté de chêne;2;12,50\n"
    "000123;05/01/2026;10:12;1001;Crème brûlée;1;4,90\n"
    "000124;05/01/2026;11:40;;Café;1;1,20\n"
    "000125;06/01/2026;09:01;1002;Thé glacé;-1;-3,00\n"
    "TOTAL;;;;;;15,60\n\x1a",
    "cp850",
    "\r\n",
)
_file(
    "customers_sage_tiers.txt",
    "Numéro compte\tIntitulé\tAdresse\tComplément\tCode postal\tVille\tTéléphone\tE-mail\n"
    "CAUBERT\tAUBERT SARL\t4 rue Neuve\t\t13001\tMARSEILLE\t0491112233\tcontact@aubert.fr\n"
    "CBELLEC\tBELLEC\t\t\t56000\tVANNES\t 02.97.00.00.01 \t\n",
    "cp1252",
    "\r\n",
)
_file(
    "customers_ebp_gestion.csv",
    "Code (tiers);Civilité;Nom;Code postal (facturation);Ville (facturation);"
    "E-mail (contact);Téléphone portable (contact);Date de création\n"
    "CL00001;Monsieur;ROCHE Éric;63000;CLERMONT-FERRAND;eric@exemple.fr;06.01.02.03.04;03/01/2022\n"
    "CL00002;Madame;SIMON Aïcha;97400;SAINT-DENIS;aicha@exemple.re;0692 01 02 03;04/01/22\n",
    "cp1252",
    "\r\n",
)
_file(
    "customers_access.txt",
    '"NumClient";"NomClient";"DateNaissance";"Mel";"Mobile"\n'
    '1;"Gauthier";12/3/1950 00:00:00;"g@exemple.fr";"0600000001"\n'
    '2;"Hébert";;"h@exemple.fr";"0600000002"\n',
    "cp1252",
    "\r\n",
)
_file(
    "customers_no_header.csv",
    "Mme;Faure;Léonie;leonie@exemple.fr;0611223344\nM.;Girard;Noé;noe@exemple.fr;0622334455\n",
)
_file(
    "customers_unclosed_quote.csv",
    'N° client;Nom;E-mail;Ville\n1;"Roy;roy@exemple.fr;Pau\n2;"Sanchez";s@exemple.fr;Tarbes\n'
    '3;Thomas;t@exemple.fr;Auch\n4;12" vinyles;v@exemple.fr;Agen\n',
)
_file(
    "customers_crm_multiline.csv",
    '"Record ID","First Name","Last Name","Email","Notes","Street"\n'
    '"0031","Ana","Silva","ana@exemple.fr","Appelée le 3.\nRappeler, elle a dit : ""oui"".",'
    '"1 rue A\nBât. 2"\n'
    '"0032","Iris","Bon","iris@exemple.fr","",""\n',
    "utf-8-sig",
)
_file(
    "customers_blank_lines_and_columns.csv",
    "\n\n;Nom;;E-mail;;\n;;;;;\n;Lambert;;l@exemple.fr;;\n;;;;;\n\n;Masson;;m@exemple.fr;;\n\n \n",
)
_file(
    "customers_pipe.txt",
    "external_id|email|phone|gender\nX1|x1@exemple.fr|+33 6 44 55 66 77|F\nX2|x2@exemple.fr||H\n",
)
_file(
    "customers_duplicates.csv",
    "N° client;E-mail;Prénom;Téléphone\n1;one@exemple.fr;Un;0611111111\n1;;Une;\n"
    ";ONE@exemple.fr;;\n2;two@exemple.fr;Deux;0611111111\n2;one@exemple.fr;Trois;\n",
)
TEXTS["customers_spoilt_line.csv"] = lambda: (
    "N° client;Prénom;E-mail\n".encode()
    + b"".join(f"{n};Zoé;z{n}@exemple.fr\n".encode() for n in range(12))
    + "12;André;andre@exemple.fr\n".encode("cp1252")
)
_file(
    "customers_utf16_without_mark.txt",
    "Nom\tE-mail\nLemaître\tlemaitre@exemple.fr\nMaël\tmael@exemple.fr\n",
    "utf-16-be",
)
_file(
    "customers_phones.csv",
    "N° client;Téléphone;Pays\n1;0612345678;\n2;612345678;\n3;06.12.34.56.79;\n"
    "4;+33 (0)6 12 34 56 80;\n5;0033612345681;\n6;33 6 12 34 56 82;\n7;0692 12 34 56;\n"
    "8;+32 470 12 34 56;\n"
    "9;0470 12 34 57;Belgique\n10;06 12 34 56;\n11;06 12 34 56 83 / 01 40 00 00 00;\n"
    "12;tél : 06 12 34 56 84;\n13;0000000000;\n14;'0612345685;\n",
)
_file(
    "customers_emails.csv",
    "N° client;E-mail\n1; Jean.Dupont@Exemple.FR \n2;mailto:lea@exemple.fr\n"
    "3;Léa Martin <lea.martin@exemple.fr>\n4;paul@exemple\n5;paul exemple.fr\n6;a@b.fr; c@d.fr\n"
    "7;néo@exemple.fr\n8;lea@exemple,fr\n9;-\n",
)
_file(
    "orders_amounts.csv",
    "Commande;Client;Date;Total\nA1;c1;12/03/2026;1 234,56 €\nA2;c1;12/03/2026;1\xa0234,56\n"
    "A3;c1;12/03/2026;1.234,56\nA4;c1;12/03/2026;12,5\nA5;c1;12/03/2026;€ 7\n"
    "A6;c1;12/03/2026;gratuit\nA7;c1;12/03/2026;-5,00\nA8;c1;12/03/2026;1\u202f234\n",
)
_file(
    "orders_dates.csv",
    "Commande;Client;Date;Total\nD1;c1;12/03/26;1\nD2;c1;2026-03-12;1\nD3;c1;12.03.2026 14:05;1\n"
    "D4;c1;46093;1\nD5;c1;31/02/2026;1\nD6;c1;12 mars 2026;1\nD7;c1;2026-03-12T10:00:00Z;1\n"
    "D8;c1;;1\n",
)
_file(
    "customers_postcodes.csv",
    "N° client;Code postal;Ville;Pays\n1;2A004;Ajaccio;\n2;20200;Bastia;\n3;1000;Bourg;\n"
    "4;97400;Saint-Denis;\n5;98800;Nouméa;\n6;75 011;Paris;\n7;F-69003;Lyon;\n8;1000;Bruxelles;BE\n"
    "9;ABC;Nulle part;\n10;75011.0;Paris;\n",
)
# A CSV opened and saved once more: each line in one quotation, its own quotation marks doubled.
_file(
    "customers_lines_in_quotes.csv",
    '"N° client,Nom,Prénom,E-mail,CP,Ville"\n'
    '"1,Lefèvre,Zoé,zoe@exemple.fr,75011,Paris"\n'
    '"2,""D\'Aubigné, de"",Chloé,chloe@exemple.fr,34200,Sète"\n'
    "3,Œuvrard,Gaël,gael@exemple.fr,69003,Lyon\n"
    '"4,""Dit """"Mimi"""""",Ana,ana@exemple.fr,2A004,Ajaccio"\n',
    "utf-8",
    "\r\n",
)
_file("refused_header_only.csv", "Nom;E-mail;Ville\n")
_file("refused_html_table.xls", "<html><head><meta charset=utf-8></head><table><tr><td>Nom\n")
_file(
    "refused_xml_2003.xls",
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook></Workbook>\n',
)
TEXTS["refused_pdf_renamed.csv"] = lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
TEXTS["refused_photo.xlsx"] = lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(64))
TEXTS["refused_empty.csv"] = lambda: b""


def make() -> None:
    """Write every file."""
    from tests.customers.imports.awkward_workbooks import WORKBOOKS

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in (TEXTS | WORKBOOKS).items():
        (FOLDER / name).write_bytes(made())


if __name__ == "__main__":
    if "--reports" in sys.argv:
        import django

        django.setup()
        from tests.customers.imports.awkward_reports import write_reports

        write_reports()
    else:
        make()
