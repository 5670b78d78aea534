"""Names that a shell offers to whoever types a command: read from what stands beside the configuration."""

from pathlib import Path

from advocate_score.config import Settings, load_settings


def published(config: Path) -> list[str]:
    """Dates of the publications, newest first."""
    from advocate_score.publication.shelf import published_dates

    settings = load_settings(config, [])
    return published_dates(settings.path(settings.outputs.folder))[::-1]


def promoted(config: Path) -> list[str]:
    """Versions that are or were champion, newest first."""
    from advocate_score.tracking.promotions import promotions

    settings = load_settings(config, [])
    known = promotions(settings.folder, settings.tracking.model_name)
    return list(dict.fromkeys(one.version for one in reversed(known)))


def setting_names() -> list[str]:
    """Every `section.key` that `--set` takes."""
    sections = ((name, field.annotation) for name, field in Settings.model_fields.items())
    return [f"{name}.{key}" for name, kind in sections for key in getattr(kind, "model_fields", {})]
