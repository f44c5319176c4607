# SPDX-License-Identifier: Apache-2.0
"""docs/security.md names limits with their defaults, and events: they are as the program has them."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs/security.md').read_text()


def attributes(manual, cls):
    """{name: default} of a class, from the generated part of the manual page."""
    part = re.search(rf'begin attributes of {cls}\n(.*?)end attributes', manual, re.DOTALL).group(1)
    found = re.findall(r'\.It Ic (\S+)\n(.*?)(?=\.It Ic|\.El)', part, re.DOTALL)
    return {name: default.group(1) for name, text in found
            if (default := re.search(r'default ([^;,]+)', text))}


def test_limits_have_these_defaults():
    manual = (ROOT / 'man/x400-site.5').read_text()
    rows = re.findall(r'^\| `([a-z-]+)` \| (\d+) \| ([a-z-]+) \|', PAGE, re.MULTILINE)
    assert len(rows) > 10
    for name, default, cls in rows:
        assert attributes(manual, cls)[name] == default, name


def test_events_exist():
    catalogue = (ROOT / 'src/log/catalogue.inc').read_text()
    numbers = set(re.findall(r'^EVENT\(\w+, (\d+),', catalogue, re.MULTILINE))
    named = set(re.findall(r'\b(20\d{3}|9[234]\d\d|129\d)\b', PAGE))
    assert len(named) > 10 and named <= numbers


def test_files_exist():
    for name in re.findall(r'`((?:tests|base|connector)/[\w/.]+)`', PAGE):
        assert (ROOT / name).exists() or (ROOT / 'src' / name).exists(), name
    for name in re.findall(r'\]\(([\w/.]+)\)', PAGE):
        assert (ROOT / 'docs' / name).exists(), name
