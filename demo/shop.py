"""What the demo shop sells, where, and to whom: the plain lists it is drawn from.

Nothing here can reach a real person: the telephone numbers are those France keeps for fiction,
and the e-mail domains end in `.example`.
"""

from __future__ import annotations

from dataclasses import dataclass

SHOP_NAME = "Maison Garance"
# Postcode, city, latitude and longitude of each.
PLACES = {
    "Paris Marais": ("75004", "Paris", "48.85700", "2.35800"),
    "Lyon Presqu'île": ("69002", "Lyon", "45.75900", "4.83200"),
    "Bordeaux Chartrons": ("33000", "Bordeaux", "44.85300", "-0.57200"),
    "Lille Centre": ("59000", "Lille", "50.63700", "3.06300"),
}
STORES = tuple(PLACES)
DOMAINS = ("courriel.example", "postel.example", "boite.example", "messagerie.example")
INTERESTS = ("Écologie", "Cuisine", "Décoration", "Bien-être", "Jardin", "Voyage", "Lecture")
SOURCES = ("Bouche-à-oreille", "Moteur de recherche", "Réseaux sociaux", "Boutique", "Salon")
PROFESSIONS = ("Cadre", "Employé", "Indépendant", "Enseignant", "Retraité", "Étudiant", "Ouvrier")
TAGS = ("Carte fidélité", "Salon Made in France", "Service client", "Ambassadeur")


@dataclass(frozen=True)
class Category:
    """A shelf: its products with their prices in euros, and how often people buy from it."""

    name: str
    weight: int
    brands: tuple[str, ...]
    products: tuple[tuple[str, int], ...]


CATEGORIES = (
    Category(
        "Cosmétiques bio",
        30,
        ("Fleur de Sel", "Racine", "Maison Garance"),
        (
            ("Crème de jour à l’églantier", 29),
            ("Sérum à la figue de Barbarie", 46),
            ("Huile démaquillante", 24),
            ("Baume à lèvres au miel", 8),
            ("Savon d’Alep", 7),
            ("Shampoing solide à l’ortie", 12),
        ),
    ),
    Category(
        "Parfums",
        12,
        ("Atelier Brume", "Maison Garance"),
        (
            ("Eau de parfum Vétiver", 89),
            ("Eau de Cologne Verveine", 52),
            ("Brume d’oreiller Lavande", 19),
            ("Coffret découverte", 35),
        ),
    ),
    Category(
        "Maison",
        24,
        ("Terre & Lin", "Maison Garance"),
        (
            ("Bougie Figuier", 32),
            ("Plaid en laine des Pyrénées", 119),
            ("Vase en grès", 48),
            ("Nappe en lin lavé", 75),
            ("Diffuseur de parfum", 39),
        ),
    ),
    Category(
        "Épicerie fine",
        20,
        ("Le Garde-Manger", "Vergers du Sud"),
        (
            ("Confiture d’abricots du Roussillon", 7),
            ("Huile d’olive de Nyons", 19),
            ("Thé vert à la menthe", 11),
            ("Sablés au beurre", 6),
            ("Coffret apéritif", 34),
        ),
    ),
    Category(
        "Bébé et enfant",
        9,
        ("Petite Ourse",),
        (
            ("Liniment oléo-calcaire", 9),
            ("Doudou en coton biologique", 25),
            ("Bavoirs brodés, lot de 3", 22),
        ),
    ),
    Category(
        "Jardin",
        5,
        ("Terre & Lin",),
        (("Sécateur japonais", 42), ("Graines de fleurs des champs", 5), ("Tablier de jardin", 38)),
    ),
)

# (city, postcode, country, weight): a postcode ending in xx gets two digits of its own.
TOWNS = (
    ("Paris", "750xx", "FR", 180),
    ("Montreuil", "93100", "FR", 28),
    ("Boulogne-Billancourt", "92100", "FR", 30),
    ("Vincennes", "94300", "FR", 18),
    ("Versailles", "78000", "FR", 20),
    ("Lyon", "6900x", "FR", 95),
    ("Villeurbanne", "69100", "FR", 20),
    ("Bordeaux", "33000", "FR", 70),
    ("Mérignac", "33700", "FR", 14),
    ("Lille", "59000", "FR", 60),
    ("Roubaix", "59100", "FR", 15),
    ("Marseille", "1300x", "FR", 50),
    ("Aix-en-Provence", "13100", "FR", 18),
    ("Toulouse", "31000", "FR", 48),
    ("Nantes", "44000", "FR", 44),
    ("Rennes", "35000", "FR", 32),
    ("Strasbourg", "67000", "FR", 30),
    ("Mulhouse", "68100", "FR", 10),
    ("Montpellier", "34000", "FR", 30),
    ("Nice", "06000", "FR", 28),
    ("Grenoble", "38000", "FR", 20),
    ("Dijon", "21000", "FR", 14),
    ("Angers", "49000", "FR", 16),
    ("Le Mans", "72000", "FR", 10),
    ("Brest", "29200", "FR", 12),
    ("Saint-Étienne", "42000", "FR", 12),
    ("Clermont-Ferrand", "63000", "FR", 12),
    ("Tours", "37000", "FR", 14),
    ("Limoges", "87000", "FR", 8),
    ("Besançon", "25000", "FR", 8),
    ("Saint-Rémy-de-Provence", "13210", "FR", 5),
    ("L’Haÿ-les-Roses", "94240", "FR", 6),
    ("Châteauroux", "36000", "FR", 5),
    ("Ajaccio", "20000", "FR", 6),
    ("Bastia", "20200", "FR", 5),
    ("Saint-Denis", "97400", "FR", 8),
    ("Fort-de-France", "97200", "FR", 5),
    ("Bruxelles", "1000", "BE", 12),
    ("Lausanne", "1003", "CH", 8),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


FEMALE_NAMES = _words("""
    Anaïs Camille Léa Manon Chloé Inès Sarah Jade Louise Emma Julie Marie Claire Sophie Nathalie
    Isabelle Catherine Françoise Monique Hélène Élodie Aurélie Céline Émilie Lina Fatima Yasmine
    Aïcha Mei Agnieszka Zoé Margaux Pauline Mathilde Charlotte Solène Noémie Maëlys Éloïse
    Bérénice
""")

MALE_NAMES = _words("""
    Lucas Hugo Louis Gabriel Arthur Jules Adam Raphaël Nathan Thomas Nicolas Julien Pierre Jean
    Michel Philippe Alain François Bernard Stéphane Sébastien Jérôme Cédric Loïc Yann Karim
    Mohamed Mehdi Ibrahim Wei Piotr Théo Maxime Antoine Benoît Étienne Gaël Joël Noël Rémi
""")

LAST_NAMES = _words("""
    Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel
    Lefebvre Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine
    Rousseau Vincent Muller Lefèvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier
    François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu
    Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun
    Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche
    Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas
    Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq
    Guillaume Lecomte López Jean Dupuy Guillot Hubert Berger Carpentier Sánchez Dupuis Moulin
    Louis Deschamps Huet Pérez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier Marty Aubry
    Guyot Carré Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé Schneider
    Fernández Le_Gall Collet Léger Bouvier Julien Prévost Millet Perrot Daniel Cousin Germain
    Breton Langlois Rémy Le_Roux Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber
    Mallet Hamon Boulanger Jacob Monnier Michaud Rodríguez Guichard Gillet Étienne Grondin
    Poulain Tessier Chevallier Collin Chauvin Da_Silva Bouchet Gay Lemaître Bénard Maréchal
    Humbert Reynaud Antoine Hoarau Perret Barthélémy Cordier Pichon Lejeune Gilbert Lamy
    Delaunay Pasquier Carlier Laporte Benali Haddad Traoré Diallo Nguyen Tran Kowalski Bensaïd
    Cohen
""")
