from django.db import migrations, models

from customers.folding import fold

_BATCH = 2000


def fill(apps, schema_editor):
    """Fold the names of those already there, as saving them would."""
    people = apps.get_model("customers", "Customer")._base_manager
    named = people.exclude(first_name="").exclude(last_name="").order_by("pk")
    last = 0
    while batch := list(named.filter(pk__gt=last).only("first_name", "last_name")[:_BATCH]):
        last = batch[-1].pk
        for person in batch:
            person.name_key = fold(f"{person.last_name} {person.first_name}")[:170]
        # Not bulk_update: it would ask the other computed fields for what they are made of.
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE customers_customer SET name_key = %s WHERE id = %s",
                [(person.name_key, person.pk) for person in batch],
            )


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_people_deepened"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("erased_at", None), models.Q(("name_key", ""), _negated=True)),
                fields=["name_key", "postal_code", "birth_date"],
                name="customer_by_full_name",
            ),
        ),
    ]
