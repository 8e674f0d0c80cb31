from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def keep_first_versions(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The rule each segment has is the first of its versions that is kept."""
    segment = apps.get_model("segmentation", "Segment")
    version = apps.get_model("segmentation", "RuleVersion")
    for each in segment.objects.filter(kind="dynamic").iterator():
        version.objects.create(
            segment=each,
            number=each.version,
            rule=each.rule,
            saved_by=each.created_by,
            saved_at=each.updated_at,
        )


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0003_segments_deepened")]

    operations = [migrations.RunPython(keep_first_versions, migrations.RunPython.noop)]
