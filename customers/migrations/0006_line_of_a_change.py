from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0005_rights_deepened")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="importchange",
            name="line",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
