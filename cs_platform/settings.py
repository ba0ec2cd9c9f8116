"""Everything that is configured, read from the environment (see .env.example)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from cs_platform import env

BASE_DIR = env.ROOT
KEEL_HOME = env.home()

# What this installation is -----------------------------------------------------------------------
DEMO = env.flag("KEEL_DEMO")
BASE_URL = env.url("BASE_URL", "http://127.0.0.1:8000", schemes=("http", "https")).rstrip("/")
TRACKING_URL = env.url("TRACKING_URL", BASE_URL, schemes=("http", "https")).rstrip("/")
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"127.0.0.1,localhost,{urlsplit(BASE_URL).hostname}")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# Apps --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "cs_platform.common.admin_config.RepairConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_vite",
    "template_partials.apps.SimpleAppConfig",
    "rest_framework",
    "drf_spectacular",
    "anymail",
    "cs_platform.common",
    "accounts",
    "contacts",
    "surveys",
    "programs",
    "metrics",
    "cs_platform.integrations.apps.IntegrationsConfig",
    "cs_platform.apps.RoofConfig",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DEMO:
    INSTALLED_APPS += ["demo"]
# A demo has the pages of every installation and a few of its own; a real one knows nothing of them.
ROOT_URLCONF = "demo.urls" if DEMO else "cs_platform.urls"
WSGI_APPLICATION = "cs_platform.wsgi.application"

MIDDLEWARE = [
    "cs_platform.common.entrance.CleanTextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.web.middleware.FirstRunMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cs_platform.common.once.OnceMiddleware",
    "accounts.web.middleware.ZoneMiddleware",
    "accounts.web.middleware.TransactionMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cs_platform.panels.frame",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "cs_platform.templatetags.ui",
                "django_vite.templatetags.django_vite",
                "template_partials.templatetags.partials",
                "django.templatetags.static",
            ],
        },
    }
]

# Data --------------------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.database("DATABASE_URL"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": "keel_test"},
    }
}
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cache"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Work --------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than any task: Redis hands an unacknowledged task to another worker after this time.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_DEFAULT_QUEUE = "journeys"
CELERY_TASK_ROUTES = {
    "programs.tasks.*": {"queue": "journeys"},
    "contacts.tasks.send_*": {"queue": "send"},
    "contacts.tasks.*": {"queue": "ingest"},
    "surveys.tasks.*": {"queue": "ingest"},
    "metrics.tasks.*": {"queue": "metrics"},
    "cs_platform.tasks.*": {"queue": "journeys"},
    "cs_platform.integrations.tasks.*": {"queue": "sync"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(KEEL_HOME / "run" / "beat-schedule")
CELERY_TIMEZONE = "UTC"

# Mail --------------------------------------------------------------------------------------------
EMAIL = env.email()
ANYMAIL: dict[str, str | list[str]] = {
    "WEBHOOK_SECRET": env.webhook_secrets(
        "ANYMAIL_WEBHOOK_SECRET", is_required=BASE_URL.startswith("https://") and not DEMO
    )
}
# A provider whose key is not there is not set up (cs_platform.web.webhooks).
if _key := env.text("ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY", ""):
    ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"] = _key
if _key := env.text("ANYMAIL_MAILERSEND_SIGNING_SECRET", ""):
    ANYMAIL["MAILERSEND_SIGNING_SECRET"] = _key
MESSAGE_ID_DOMAIN = env.text("MESSAGE_ID_DOMAIN", urlsplit(TRACKING_URL).hostname or "localhost")

# Pages -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
LOGIN_URL = "team:sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "team:sign-in"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [("dist", BASE_DIR / "frontend" / "dist")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cs_platform.common.staticfiles.Storage"},
}
MEDIA_ROOT = KEEL_HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
_VITE_FILE = re.compile(r"^/static/dist/assets/.+-[A-Za-z0-9_-]{8}\.\w+$")
_DJANGO_FILE = re.compile(r"^.+\.[0-9a-f]{12}\.\w+$")


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:  # noqa: N802 (WhiteNoise names it)
    return bool(_VITE_FILE.match(url) or _DJANGO_FILE.match(url))


WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "static_url_prefix": "dist",
        "manifest_path": BASE_DIR / "frontend" / "dist" / "manifest.json",
    }
}

# Safety ------------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
# Two products side by side on one host must not sign each other out: cookies ignore ports.
SESSION_COOKIE_NAME = ("__Host-" if _HTTPS else "") + f"keel-session-{urlsplit(BASE_URL).port or 'web'}"
CSRF_COOKIE_NAME = ("__Host-" if _HTTPS else "") + f"keel-csrf-{urlsplit(BASE_URL).port or 'web'}"
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
TRUST_PROXY = env.flag("TRUST_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
# Both bind more than this installation, and preloading lasts for months after it is taken back: the operator's choice.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "SAMEORIGIN"
# W019 asks for DENY, but the Outbox and the editor show mails in frames of our own. W005 and W021 ask for what HSTS
# leaves to the operator.
SILENCED_SYSTEM_CHECKS = ["security.W019", "security.W005", "security.W021"]

# API ---------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cs_platform.common.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.Schema",
    "EXCEPTION_HANDLER": "cs_platform.common.api.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Keel API",
    "DESCRIPTION": "Accounts, contacts and GitLab roles in; programs and metrics out.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
}

# Log ---------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
