"""The web server's entry point."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings")

application = get_wsgi_application()

# By name, because models can be imported only now.
import_string("cs_platform.setup.operations.welcome")()
