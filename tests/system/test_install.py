# SPDX-License-Identifier: Apache-2.0
"""What "make install" puts on a machine is whole, belongs together, and runs."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import xml.etree.ElementTree

import pytest

from harness.mta import BUILD, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, DATA = 0o755, 0o644
EXAMPLES = 'share/doc/x400d/examples'
MANUALS = ('man1/x400ctl.1', 'man1/x400dump.1', 'man1/x400load.1', 'man5/x400-site.5',
           'man5/x400d.conf.5', 'man7/ocf_x400d_x400d.7', 'man8/x400d.8')
BELOW_PREFIX = {
    'sbin/x400d': PROGRAM,
    'bin/x400ctl': PROGRAM,
    'bin/x400dump': PROGRAM,
    'bin/x400load': PROGRAM,
    'lib/systemd/system/x400d.service': DATA,
    'lib/sysusers.d/x400d.conf': DATA,
    'lib/tmpfiles.d/x400d.conf': DATA,
    'share/bash-completion/completions/x400ctl': DATA,
    **{f'{EXAMPLES}/{name}': DATA for name in ('node.yaml', 'site.yaml', 'cluster-site.yaml')},
    **{f'share/man/{page}': DATA for page in MANUALS},
}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, **options)


class Tree:
    """An installation below a directory that stands for "/"."""

    def __init__(self, root):
        self.root = root
        shown = run('meson', 'introspect', '--buildoptions', BUILD)
        assert shown.returncode == 0, shown.stderr
        self.option = {option['name']: option['value'] for option in json.loads(shown.stdout)}
        self.prefix = pathlib.Path(self.option['prefix'])

    def path(self, below_prefix):
        return self.root / self.prefix.relative_to('/') / below_prefix

    def agent(self):
        return self.root / self.option['ocfdir'].lstrip('/') / 'x400d/x400d'

    def files(self):
        return {path for path in self.root.rglob('*') if not path.is_dir()}

    def text(self, below_prefix):
        return self.path(below_prefix).read_text()


@pytest.fixture(scope='module', name='tree')
def tree_fixture(tmp_path_factory):
    """The build under test as it is, installed as root's umask would have it at its strictest."""
    if not shutil.which('meson'):
        pytest.skip('meson is not installed')
    root = tmp_path_factory.mktemp('root')
    before = os.umask(0o077)
    try:
        done = run('meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', root)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stdout + done.stderr
    return Tree(root)


def test_every_file_is_there_and_no_other(tree):
    wanted = {tree.path(name): mode for name, mode in BELOW_PREFIX.items()}
    wanted[tree.agent()] = PROGRAM
    assert tree.files() == set(wanted)
    for path, mode in wanted.items():
        assert stat.S_IMODE(path.stat().st_mode) == mode, path
        assert path.stat().st_size > 0, path
    for directory in (path for path in tree.root.rglob('*') if path.is_dir()):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o755, directory


def test_nothing_leads_back_to_the_build(tree):
    # not ROOT alone: a checkout may lie at /x400d, which is part of many an installed path
    places = [str(place).encode() for place in (BUILD, ROOT / 'src', ROOT / 'dist')]
    for path in tree.files():
        octets = path.read_bytes()
        if octets.startswith(b'\x7fELF'):
            continue
        assert not any(place in octets for place in places), path
        assert not re.search(rb'@[a-z]+@', octets), path


@pytest.mark.parametrize('program', ['sbin/x400d', 'bin/x400ctl', 'bin/x400dump', 'bin/x400load'])
def test_programs_run(tree, program):
    name = pathlib.Path(program).name
    version = run('meson', 'introspect', '--projectinfo', BUILD)
    done = run(tree.path(program), '--version', env={}, cwd='/')
    assert done.stdout == f'{name} {json.loads(version.stdout)["version"]}\n'
    help_ = run(tree.path(program), '--help', env={}, cwd='/')
    assert help_.returncode == 0 and help_.stdout.startswith(f'usage: {name} ')


def test_unit_names_what_is_installed(tree):
    unit = tree.text('lib/systemd/system/x400d.service')
    commands = re.findall(r'^ExecStart(?:Pre)?=(\S+) -c (\S+)( -t)?$', unit, re.M)
    sysconfdir = tree.prefix / tree.option['sysconfdir']
    assert commands == [(str(tree.prefix / 'sbin/x400d'), f'{sysconfdir}/x400d/node.yaml', check)
                        for check in (' -t', '')]
    for page in re.findall(r'man:([\w.-]+)\((\d)\)', unit):
        assert f'man{page[1]}/{page[0]}.{page[1]}' in MANUALS


def test_user_and_directories_are_made(tree):
    """systemd's tools find the files where they are."""
    if os.geteuid() != 0:
        pytest.skip('making users needs root')
    if not shutil.which('systemd-sysusers') or not shutil.which('systemd-tmpfiles'):
        pytest.skip('systemd is not installed')
    if tree.prefix not in (pathlib.Path('/usr'), pathlib.Path('/usr/local')):
        pytest.skip(f'systemd does not look below {tree.prefix}')
    (tree.root / 'etc').mkdir()
    try:
        assert run('systemd-sysusers', f'--root={tree.root}').returncode == 0
        assert 'x400d:' in (tree.root / 'etc/passwd').read_text()
        assert run('systemd-tmpfiles', '--create', '--prefix=/var/lib',
                   f'--root={tree.root}').returncode == 0
        assert (tree.root / 'var/lib/x400d').is_dir()
    finally:
        for made in ('etc', 'var', 'run'):
            shutil.rmtree(tree.root / made, ignore_errors=True)


@pytest.mark.parametrize('page', MANUALS)
def test_manual_pages(tree, page):
    if not shutil.which('man'):
        pytest.skip('man is not installed')
    path = tree.path(f'share/man/{page}')
    shown = run('man', '-l', path, env={**os.environ, 'MANWIDTH': '80', 'MANPAGER': 'cat'})
    assert shown.returncode == 0 and path.stem in shown.stdout, shown.stderr
    source = path.read_text()
    assert not re.search(r'(?<!\\)\\$', source, re.M), 'a backslash that joins lines'
    for name, section in re.findall(r'^\.Xr ((?:ocf_)?x400\S*) (\d)', source, re.M):
        assert f'man{section}/{name}.{section}' in MANUALS


def test_completion_loads(tree):
    script = tree.path('share/bash-completion/completions/x400ctl')
    done = run('bash', '--norc', '-c', 'source "$0" && complete -p x400ctl', script)
    assert done.stdout == 'complete -F _x400ctl_complete x400ctl\n', done.stderr


def test_agent_describes_itself(tree):
    done = run(tree.agent(), 'meta-data')
    assert xml.etree.ElementTree.fromstring(done.stdout).get('name') == 'x400d'


@pytest.fixture(name='node')
def node_fixture(tree, tmp_path):
    """The installed examples, with the paths of this test and without the user."""
    node, site = (tree.text(f'{EXAMPLES}/{name}') for name in ('node.yaml', 'site.yaml'))
    for path in ('/etc/x400d', '/var/lib/x400d', '/run/x400d', '/var/log/x400d'):
        assert path in node
        (tmp_path / path[1:]).mkdir(parents=True)
        node = node.replace(path, f'{tmp_path}{path}')
    node, changed = re.subn(r'^(user|socket-group): x400d\n', '', node, flags=re.M)
    assert changed == 2
    assert site.count('port: 102\n') == 1
    config = tmp_path / 'etc/x400d/node.yaml'
    config.write_text(node)
    (config.parent / 'site.yaml').write_text(site.replace('port: 102\n', 'port: 0\n'))
    return config


def test_examples_are_approved_and_run(tree, node, tmp_path):
    """The configuration that a reader begins with starts with the program that he installed."""
    x400d, ctl = tree.path('sbin/x400d'), tree.path('bin/x400ctl')
    checked = run(x400d, '-c', node, '-t')
    assert checked.returncode == 0, checked.stderr
    assert f'{node.parent}/site.yaml: in order, ' in checked.stdout
    with open(tmp_path / 'said', 'wb') as said, \
            subprocess.Popen([x400d, '-c', node], stdin=subprocess.DEVNULL, stdout=said,
                             stderr=said) as daemon:
        try:
            def status():
                assert daemon.poll() is None, (tmp_path / 'said').read_text()
                done = run(ctl, '--json', '--socket', tmp_path / 'run/x400d/control', 'status')
                return done.returncode == 0 and json.loads(done.stdout)
            assert wait_for(status, 'it answers')['mta-name'] == 'EX1'
        finally:
            daemon.terminate()
    assert daemon.returncode == 0


def test_make_names_the_places():
    """meson would take another directory for the node file with each new prefix."""
    if not shutil.which('make'):
        pytest.skip('make is not installed')
    shown = run('make', '-n', 'install', 'PREFIX=/opt/x', cwd=ROOT)
    assert re.search(r'tools/setup .* --prefix=/opt/x --sysconfdir=/etc$', shown.stdout, re.M)
    built = re.search(r'^ninja -C build-release (.*)$', shown.stdout, re.M)[1].split()
    assert sorted(pathlib.Path(path).name for path in built) == \
        sorted(pathlib.Path(name).name for name, mode in BELOW_PREFIX.items() if mode == PROGRAM)
