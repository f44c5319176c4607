# SPDX-License-Identifier: Apache-2.0
"""The tools that hold the rules find what breaks them."""
import pathlib
import subprocess

import pytest

TOOLS = pathlib.Path(__file__).parents[2] / 'tools'
LAYERS = 'base:\nio: base\nosi/session: base\nmta: base io\n'
FIRST = '/* SPDX-License-Identifier: Apache-2.0 */\n'


def check(tool, root):
    done = subprocess.run([TOOLS / tool, root], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def tree(tmp_path):
    """A small source tree that keeps the rules."""
    for folder in ('base', 'io', 'osi/session', 'mta'):
        (tmp_path / 'src' / folder).mkdir(parents=True)
    (tmp_path / 'src/LAYERS').write_text(LAYERS)
    (tmp_path / 'src/base/a.h').write_text(FIRST + '#pragma once\n')
    (tmp_path / 'src/io/io.c').write_text(FIRST + '#include "base/a.h"\n\n#include <uv.h>\n')
    return tmp_path


def test_good_tree_passes(tree):
    for tool in ('check-layers', 'check-style'):
        status, said = check(tool, tree)
        assert status == 0, said


@pytest.mark.parametrize('path, text, wanted', [
    ('base/b.c', '#include "io/absent.h"', 'no file below src'),
    ('base/b.c', '#include "mta/m.h"', 'base may not include mta'),
    ('osi/session/s.c', '#include "mta/m.h"', 'osi/session may not include mta'),
    ('mta/m.c', '#include <uv.h>', 'belongs into io only'),
    ('mta/m.c', '#include "a.h"', 'includes start at the source root'),
    ('osi/session/s.c', '#include <sys/socket.h>', 'free of I/O'),
    ('new/n.c', '', 'no line in src/LAYERS'),
])
def test_layers(tree, path, text, wanted):
    (tree / 'src/mta/m.h').write_text(FIRST + '#pragma once\n')
    (tree / 'src' / path).parent.mkdir(exist_ok=True)
    (tree / 'src' / path).write_text(FIRST + text + '\n')
    status, said = check('check-layers', tree)
    assert status == 1
    assert path in said and wanted in said


def test_layers_have_an_order(tree):
    (tree / 'src/LAYERS').write_text('base: io\nio: base\nosi/session:\nmta:\n')
    status, said = check('check-layers', tree)
    assert status == 1
    assert 'base may include io, which has no line above it' in said


@pytest.mark.parametrize('text, wanted', [
    ('int f(int a, int b, int c, int d, int e, int (*g)(int, int))\n{\n}', '6 parameters'),
    ('static int f(void)\n{\n' + '    f();\n' * 80 + '}', '83 lines'),
    ('void f(char *a)\n{\n    strcpy(a, "x");\n}', 'strcpy() is forbidden'),
    ('extern int x;', 'extern'),
    ('int x;\n' * 700, 'lines; a file has at most'),
    ('/* TO' + 'DO: more */', 'finish it'),
])
def test_style(tree, text, wanted):
    (tree / 'src/base/b.c').write_text(FIRST + text + '\n')
    status, said = check('check-style', tree)
    assert status == 1
    assert 'base/b.c:' in said and wanted in said, said


def test_style_sees_code_only(tree):
    (tree / 'src/base/b.c').write_text(
        FIRST + '/* strcpy(a, b) */\nconst char *f(void)\n{\n    return "gets(x)";\n}\n')
    assert check('check-style', tree)[0] == 0


def test_excuses_only_shrink(tree):
    (tree / 'tools').mkdir()
    (tree / 'tools/style-exceptions').write_text('src/base/b.c f its reason\n')
    (tree / 'src/base/b.c').write_text(
        FIRST + 'int f(int a, int b, int c, int d, int e, int g)\n{\n}\n')
    assert check('check-style', tree)[0] == 0
    (tree / 'src/base/b.c').write_text(FIRST + 'int f(void)\n{\n}\n')
    status, said = check('check-style', tree)
    assert status == 1 and 'needs no excuse' in said


def test_every_fuzz_target_names_what_it_needs():
    folder = TOOLS.parent / 'tests/fuzz'
    lines = subprocess.run([folder / 'list-targets'], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted(
        path.stem[len('fuzz_'):] for path in folder.glob('fuzz_*.c'))
    assert all((folder / 'corpus' / line.split()[0]).is_dir() for line in lines)
