"""Settings of the Django project: no database, sessions in signed cookies, channels in memory."""

SECRET_KEY = "a secret"
ALLOWED_HOSTS = ["127.0.0.1", "page.example"]
ROOT_URLCONF = "conformance.frameworks.apps.django_views"
INSTALLED_APPS = ["django.contrib.sessions", "channels"]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 18
USE_TZ = True
