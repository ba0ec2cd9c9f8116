from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "cs_platform.integrations"
    label = "integrations"
