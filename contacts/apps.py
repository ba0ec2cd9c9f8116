from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        from contacts.consent.selectors import tell_address_keys  # noqa: PLC0415 (needs the settings)

        connection_created.connect(tell_address_keys, dispatch_uid="contacts.address_keys")
