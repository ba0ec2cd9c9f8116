from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "cs_platform.common"
    label = "common"
