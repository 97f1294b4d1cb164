import re
from pathlib import Path

import pytest
import yaml

from app.settings import DEFAULTS, Settings, SettingsError, known_keys, load_settings, remember


def test_the_shipped_file_names_every_setting_with_its_default(tmp_path):
    written = yaml.safe_load(DEFAULTS.read_text())
    keys = [
        f"{section}.{key}" if isinstance(content, dict) else section
        for section, content in written.items()
        for key in (content if isinstance(content, dict) else [section])
    ]
    assert sorted(keys) == sorted(known_keys())
    assert load_settings(home=tmp_path, environment={}) == Settings(home=tmp_path)


def test_every_line_of_the_shipped_file_says_what_it_is_for():
    for line in DEFAULTS.read_text().splitlines():
        if re.match(r"\s*\w+: \S", line):
            assert "#" in line or "port:" in line or "limit:" in line, line


def test_later_layers_win(tmp_path):
    remember(tmp_path, "search.limit", "10")
    remember(tmp_path, "models.active", "from-home")
    file = tmp_path / "mine.yaml"
    file.write_text("search: {limit: 20}\nserver: {port: 1}\n")
    found = load_settings(
        config=file,
        overrides=["search.limit=40"],
        home=tmp_path,
        environment={"RETRACE_SEARCH__LIMIT": "30", "RETRACE_SERVER__PORT": "2"},
    )
    assert (found.search.limit, found.server.port) == (40, 2)
    assert found.models.active == "from-home"
    assert found.video.analysis_fps == 8.0


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("search.limt=3", "Did you mean search.limit"),
        ("serch.limit=3", "Did you mean search"),
        ("search.limit=many", "search.limit"),
        ("video.analysis_fps=0", "video.analysis_fps"),
        ("video.time_zone=Europe/Berlim", "Did you mean Europe/Berlin"),
        ("nonsense", "section.key=value"),
    ],
)
def test_a_wrong_setting_is_named_with_a_remedy(tmp_path, override, expected):
    with pytest.raises(SettingsError, match=re.escape(expected)):
        load_settings(overrides=[override], home=tmp_path, environment={})


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"missing\.yaml"):
        load_settings(config=tmp_path / "missing.yaml", environment={})
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    with pytest.raises(SettingsError, match=r"broken\.yaml"):
        load_settings(config=broken, environment={})


def test_the_home_folder_comes_from_the_environment():
    assert load_settings(environment={"RETRACE_HOME": "/srv/x"}).home == Path("/srv/x")
