import re
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, describe_settings, load_settings


def test_flags_win_over_environment_over_file_over_defaults(tmp_path):
    file = tmp_path / "lexcite.toml"
    file.write_text('port = 1001\nhits = 3\nhost = "127.0.0.2"\n')
    environ = {"LEXCITE_PORT": "1002", "LEXCITE_HITS": "4", "LEXCITE_CONFIG": str(file)}
    settings = load_settings(environ=environ, flags={"port": 1003, "hits": None, "unrelated": 1})
    assert (settings.port, settings.hits, settings.host, settings.workers) == (1003, 4, "127.0.0.2", 2)


def test_paths_are_read_with_the_home_folder_resolved():
    settings = load_settings(environ={"LEXCITE_INDEX": "~/law"}, flags={})
    assert settings.index == Path.home() / "law"


@pytest.mark.parametrize(
    ("environ", "flags", "said"),
    [
        ({"LEXCITE_PROT": "1"}, {}, "unknown variable LEXCITE_PROT"),
        ({"LEXCITE_PORT": "many"}, {}, "LEXCITE_PORT: setting port is 'many'; it must be a whole number"),
        ({}, {"port": 70000}, "setting port is 70000"),
        ({}, {"mode": "magic"}, "setting mode is 'magic'"),
        ({}, {"precision": "int1"}, "setting precision is 'int1'; it may be float32 or bfloat16 or int8 or float16"),
        ({}, {"workers": 0}, "setting workers is 0"),
        ({}, {"vectors": "int4"}, "setting vectors is 'int4'; it may be float32 or float16 or int8 or bits"),
        (
            {"LEXCITE_PRECISION": "half"},
            {},
            "setting precision is 'half'; it may be float32 or bfloat16 or int8 or float16",
        ),
        ({}, {"dimension": -1}, "setting dimension is -1; it must be 0 or more"),
        ({"LEXCITE_LLM_URL": "localhost:8000"}, {}, "must begin with http:// or https://"),
        ({"LEXCITE_CONFIG": "/nowhere/lexcite.toml"}, {}, "there is no settings file /nowhere/lexcite.toml"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(environ, flags, said):
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        load_settings(environ=environ, flags=flags)
    assert "\n" not in str(caught.value)


def test_an_unknown_key_in_the_file_names_the_file_and_the_key(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(SettingsError, match=rf"{file}: unknown setting 'prot'"):
        load_settings(environ={}, flags={}, config=file)


def test_a_file_that_is_not_toml_is_refused(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("port: 1\n")
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_settings(environ={}, flags={}, config=file)


def test_jurisdictions_are_upper_case_codes():
    assert Settings(jurisdiction="es, EU,").jurisdictions == {"ES", "EU"}
    assert Settings().jurisdictions == frozenset()


def test_every_setting_says_what_it_means():
    assert all(len(meaning) > 10 and meaning.endswith(".") for _, _, meaning in describe_settings())
