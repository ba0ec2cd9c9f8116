"""What programs tell the rooms below."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from contacts.delivery.selectors import Origin, register_origins
from programs.design.models import Program


def origins(program_ids: Collection[int]) -> Mapping[int, Origin]:
    names = Program.objects.filter(pk__in=program_ids).values_list("id", "name")
    return {number: Origin(name, reverse("programs:program", args=[number])) for number, name in names}


register_origins(origins)
