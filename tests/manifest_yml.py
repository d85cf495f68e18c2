"""`manifest.yml` from the manifest's source: `make manifest` writes it, a test compares it."""

from pathlib import Path

import yaml

from bot.manifest import manifest

MANIFEST_YML = Path(__file__).parents[1] / "manifest.yml"
HEADER = "# Generated from bot/manifest.py: `make manifest`.\n"
FOLDED_FROM = 100
"""Characters from which a text is folded over several lines."""


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, and folds long texts."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=">" if len(value) > FOLDED_FROM else None)


_Dumper.add_representer(str, _text)


def manifest_yml() -> str:
    """The text of the file."""
    return HEADER + yaml.dump(manifest(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=90)


if __name__ == "__main__":
    MANIFEST_YML.write_text(manifest_yml(), encoding="utf-8")
