"""The Django admin's list over the same complaint rows, timed in a process of its own: the inbox's baseline.

python -m benchmarks.speed.django_admin DATABASE_FILE REPEATS   → one JSON line {"median": seconds, "n": repeats}
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    complaints, repeats = sys.argv[1], int(sys.argv[2])
    own = Path(tempfile.mkdtemp(prefix="linli-django-")) / "admin.db"
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="benchmark-only",  # noqa: S106 - a throw-away server inside this process
        DEBUG=False,
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(own)},
            "linli": {"ENGINE": "django.db.backends.sqlite3", "NAME": complaints},
        },
        DATABASE_ROUTERS=[f"{__name__}.Router"],
        STATIC_URL="/static/",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGGING_CONFIG=None,
    )
    sys.modules["benchmarks.speed.django_admin"] = sys.modules[__name__]
    django.setup()
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import models
    from django.test import Client
    from django.urls import path

    class Complaint(models.Model):
        number = models.CharField(max_length=20)
        building = models.CharField(max_length=64, null=True)
        subject_code = models.CharField(max_length=4)
        urgency = models.CharField(max_length=2)
        state = models.CharField(max_length=32)
        words = models.TextField()
        is_open = models.BooleanField()
        submitted_at = models.DateTimeField()

        class Meta:
            app_label = "auth"
            managed = False
            db_table = "complaint"

    class ComplaintAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # django is not typed here
        list_display = ("number", "urgency", "subject_code", "building", "words", "state", "submitted_at")
        list_filter = ("urgency", "state")
        ordering = ("urgency", "-submitted_at")
        list_per_page = 50

    admin.site.register(Complaint, ComplaintAdmin)
    globals()["urlpatterns"] = [path("admin/", admin.site.urls)]
    call_command("migrate", verbosity=0, database="default")
    client = Client()
    client.force_login(User.objects.create_superuser("clerk", "", "x"))
    seconds = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        response = client.get("/admin/auth/complaint/?is_open__exact=1")
        assert response.status_code == 200, response.status_code
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"median": statistics.median(seconds[1:]), "n": repeats}))


class Router:
    """Complaints live in the benchmark's database; everything of Django's own in another."""

    def db_for_read(self, model: type, **_hints: object) -> str:
        return "linli" if model.__name__ == "Complaint" else "default"

    db_for_write = db_for_read

    def allow_relation(self, *_args: object, **_hints: object) -> bool:
        return True


if __name__ == "__main__":
    main()
