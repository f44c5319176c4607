# SPDX-License-Identifier: Apache-2.0
"""Passwords that are planted everywhere they can be configured or offered, and looked for everywhere
something comes out."""
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess

import pytest

from harness import memory
from harness.capture import need
from harness.mta import WAIT, X400CTL, X400D, X400DUMP, X400LOAD
from harness.p1client import MODES, P1Client, P1Error
from harness.site import Place, fresh_address, site

# All differ, and none is part of anything else.
OWN, THEIRS, LOCAL, OFFERED, CHANGED, TOO_LONG = (
    'xyzzy-own', 'xyzzy-theirs', 'xyzzy-local', 'xyzzy-offered', 'xyzzy-changed', 'xyzzy' * 40)
MARK = 'xyzzy'


@pytest.fixture
def london(world):
    place, paris = Place('london', password=OWN), Place('paris', country='FR', password=THEIRS)
    mta = world.mta(place, site(place, [(paris, {'local-mta-password': LOCAL})]))
    config = json.loads(mta.config.read_text())
    config['log'] = [{'to': 'stderr', 'level': 'debug'},
                     {'to': str(mta.events_file), 'level': 'debug'}]
    mta.config.write_text(json.dumps(config))
    mta.start()
    mta.paris = paris
    return mta


def bind(mta, password, mode=MODES[0], source=None):
    try:
        with P1Client(mta.place.address, mta.place.port, mode,
                      source=source or mta.paris.address) as client:
            client.bind('paris', password)
            client.release()
    except (P1Error, ConnectionError) as error:
        return str(error)
    return 'accepted'


def everything_said(mta):
    """All that x400ctl and the API show, of what may be looked at without asking for passwords."""
    dn = mta.place.connector(mta.paris)
    for arguments in (['status'], ['show'], ['show', dn], ['show', mta.place.server], ['export'],
                      ['connector', 'list'], ['connector', 'show', dn], ['associations'],
                      ['events'], ['ping', dn],
                      ['set', dn, f'remote-mta-password={TOO_LONG}'],
                      ['set', dn, f'no-such-attribute={CHANGED}'],
                      ['set', dn, f'remote-mta-password={CHANGED}'],
                      ['set', dn, f'remote-mta-password={THEIRS}']):
        for json_too in ([], ['--json']):
            _, out, err = mta.run(*json_too, *arguments)
            yield ' '.join(arguments[:2]), out + err


@pytest.mark.unrecorded('a password longer than ub-password')
def test_no_output_shows_a_password(london):
    """Not logs, events, errors, differences, exports, nor answers to those who guess."""
    for mode in MODES:
        assert bind(london, THEIRS, mode) == 'accepted'
        assert 'bind error 2' in bind(london, OFFERED, mode) or mode != MODES[0]
    bind(london, TOO_LONG)
    bind(london, OFFERED, source=fresh_address())
    said = list(everything_said(london))
    for name, text in said:
        assert MARK not in text, name
    assert any('***' in text for name, text in said if name == 'export')
    london.stop()
    for file in (london.log, london.events_file):
        text = file.read_text(errors='replace')
        assert '48' in text and MARK not in text, file


def arguments_of(program):
    return pathlib.Path(f'/proc/{program.pid}/cmdline').read_bytes()


def test_arguments_show_no_password(tmp_path):
    """ps shows them to everybody: when x400ctl speaks, its own have none any more."""
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.settimeout(WAIT)
        daemon.bind(str(tmp_path / 'control'))
        daemon.listen()
        command = [X400CTL, '--socket', tmp_path / 'control', 'set', '/cn=paris', 'window-size=7',
                   f'remote-mta-password={THEIRS}', f'local-mta-password={LOCAL}']
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as ctl:
            call, _ = daemon.accept()
            with call:
                call.settimeout(WAIT)
                said = b''
                while LOCAL.encode() not in said:
                    more = call.recv(1 << 16)
                    assert more, 'it has hung up'
                    said += more
                assert THEIRS.encode() in said
                assert b'window-size=7' in arguments_of(ctl)
                assert MARK.encode() not in arguments_of(ctl)


def test_arguments_of_the_load_generator_show_no_password():
    with subprocess.Popen([X400LOAD, '--listen', f'{fresh_address()}:0', '-w', OWN],
                          stdout=subprocess.PIPE) as load:
        assert load.stdout.readline().startswith(b'listening on ')
        assert b'--listen' in arguments_of(load)
        assert MARK.encode() not in arguments_of(load)
        load.terminate()


def test_export_of_passwords_is_explicit_and_told(london):
    """With --secrets they are there, all of them, and an event names who has them now."""
    assert not london.events(20065)
    _, text, _ = london.run('export', '--secrets')
    for password in (OWN, THEIRS, LOCAL):
        assert password in text
    assert london.events(20065)[0]['fields']['user'] == 'root' or os.geteuid() != 0


def test_exported_asterisks_change_nothing(london):
    """What export wrote without passwords can be applied: they stay."""
    _, text, _ = london.run('export')
    london.ctl('apply', '-', text_input=text.encode())
    assert bind(london, THEIRS) == 'accepted'


def test_store_is_for_its_owner(london):
    """The directory in the store has the passwords in clear: nobody else can open it."""
    found = False
    for path in [london.store, *london.store.rglob('*')]:
        mode = os.stat(path).st_mode
        assert mode & 0o077 == 0, f'{path}: {stat.filemode(mode)}'
        found = found or (path.is_file() and THEIRS.encode() in path.read_bytes())
    assert found


def test_changed_passwords_leave_the_store(london):
    """Old ones are overwritten, not only marked as free."""
    dn = london.place.connector(london.paris)
    london.ctl('set', dn, f'remote-mta-password={CHANGED}')
    london.stop()  # closing folds the write-ahead log into the database
    octets = b''.join(p.read_bytes() for p in london.store.rglob('*') if p.is_file())
    assert CHANGED.encode() in octets
    assert THEIRS.encode() not in octets


def test_dump_hides_passwords(world, london):
    """Of a capture, unless asked for."""
    need()
    [capture] = world.records
    for mode in MODES:
        assert bind(london, THEIRS, mode) == 'accepted'
    bind(london, OFFERED)
    capture.stop()
    for options in ([], ['--json'], ['--hex']):
        done = subprocess.run([X400DUMP, *options, capture.path], capture_output=True, check=True)
        assert b'paris' in done.stdout
        assert MARK.encode() not in done.stdout + done.stderr, options
    done = subprocess.run([X400DUMP, '--show-secrets', capture.path], capture_output=True,
                          check=True)
    for password in (THEIRS, LOCAL, OFFERED):
        assert password.encode() in done.stdout


# ---- what a core would show ---------------------------------------------------------------------

# Nothing in them is like anything else, so that a piece of one is a trace of it.
IN_FORCE, PEERS, NEW, WRONG = (
    '7Fh2kQpZ9xW4vT6', 'mB3nR8sLd0YcJ5g', 'Kt1PzUa6EoXi4Hy', 'wNq9GjVb2SfDr7C')


@pytest.fixture
def pair(world):
    """Two MTAs that have passwords for each other."""
    if b'__asan_init' in pathlib.Path(X400D).read_bytes():
        pytest.skip('a sanitizer keeps what has been freed')
    places = Place('london', password=IN_FORCE), Place('paris', country='FR', password=PEERS)
    return [world.mta(here, site(here, [other]))
            for here, other in (places, reversed(places))]


def use_passwords(london, paris):
    """Binds in both directions, refused ones, pings, exports, changes by YAML and by an attribute."""
    for here, there in ((london, paris), (paris, london)):
        here.send(here.place.user('ann'), [there.place.user('bob')])
        there.wait_messages('bob', 1)
    for mode in MODES:
        assert bind(london, WRONG, mode, paris.place.address) != 'accepted'
        assert bind(london, PEERS, mode, paris.place.address) == 'accepted'
    _, exported, _ = london.run('export', '--secrets')
    assert PEERS in exported and IN_FORCE in exported
    london.run('export', '--secrets', '--json')
    london.ctl('apply', '-', text_input=exported.replace(PEERS, NEW).encode())
    paris.ctl('set', paris.place.server, f'mta-password={NEW}')
    assert bind(london, NEW, source=paris.place.address) == 'accepted'
    for here, there in ((london, paris), (paris, london)):
        here.ctl('ping', here.place.connector(there.place))
        here.run('show', here.place.connector(there.place))


def test_memory_that_goes_into_cores_has_no_password(pair):
    """Nor a piece of one: those in force are where no core looks, and copies are wiped."""
    london, paris = (mta.start() for mta in pair)
    use_passwords(london, paris)
    for mta, in_force in ((london, {IN_FORCE, NEW}), (paris, {IN_FORCE, NEW})):
        pid = mta.process.pid
        assert not memory.search(pid, (IN_FORCE, PEERS, NEW, WRONG))
        everywhere = memory.search(pid, (IN_FORCE, PEERS, NEW, WRONG), everything=True)
        assert {text for text, _ in everywhere} == in_force  # the search can find them


@pytest.mark.skipif(not shutil.which('gcore'), reason='needs gdb')
def test_core_of_a_running_mta_has_no_password(pair, tmp_path):
    """The debugger's, which takes what the kernel's would have, of a process that writes none."""
    london, paris = (mta.start() for mta in pair)
    use_passwords(london, paris)
    for mta in (london, paris):
        done = subprocess.run(['gcore', '-o', tmp_path / 'core', str(mta.process.pid)],
                              capture_output=True, text=True, timeout=60, check=False)
        core = tmp_path / f'core.{mta.process.pid}'
        if not core.exists():
            pytest.skip(f'gdb may not look into processes here: {done.stderr[-200:]}')
        octets = core.read_bytes()
        assert str(mta.socket).encode() in octets
        for text in (IN_FORCE, PEERS, NEW, WRONG):
            assert not memory.traces(text, octets)


def test_core_has_no_password(pair):
    """The kernel's own core, of an MTA whose operator has asked for cores."""
    london, paris = pair
    config = json.loads(london.config.read_text())
    london.config.write_text(json.dumps({**config, 'core-dumps': True}))
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    pattern = pathlib.Path('/proc/sys/kernel/core_pattern').read_text().strip()
    if hard == 0 or pattern.startswith(('|', '/')):
        pytest.skip('this machine writes no cores, or writes them elsewhere')
    paris.start()
    before = resource.getrlimit(resource.RLIMIT_CORE)
    here = os.getcwd()
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        os.chdir(london.directory)
        london.start()
    finally:
        os.chdir(here)
        resource.setrlimit(resource.RLIMIT_CORE, before)
    use_passwords(london, paris)
    london.process.send_signal(signal.SIGSEGV)
    assert london.process.wait(60) == -signal.SIGSEGV
    [core] = london.directory.glob('core*')
    octets = core.read_bytes()
    assert str(london.socket).encode() in octets  # it has what other memory holds
    for text in (IN_FORCE, PEERS, NEW, WRONG):
        assert not memory.traces(text, octets)
