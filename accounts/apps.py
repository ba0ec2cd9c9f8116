from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.team.selectors import zone  # noqa: PLC0415 (both need the models)
        from cs_platform.common import clock  # noqa: PLC0415

        clock.register_zone(zone)
