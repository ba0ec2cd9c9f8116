from django.apps import AppConfig


class RoofConfig(AppConfig):
    name = "cs_platform"
    label = "roof"
