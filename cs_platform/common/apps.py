from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CommonConfig(AppConfig):
    name = "cs_platform.common"
    label = "common"

    def ready(self) -> None:
        # Rooms fill the registries of the rooms below them: segment fields, anchors, survey history.
        autodiscover_modules("registrations")
