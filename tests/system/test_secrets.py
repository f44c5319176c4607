# SPDX-License-Identifier: Apache-2.0
"""Passwords that are planted everywhere they can be configured or offered, and looked for everywhere
something comes out."""
import json
import os
import stat
import subprocess

import pytest

from harness.capture import Capture, need
from harness.mta import X400DUMP
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


def test_dump_hides_passwords(london, tmp_path):
    """Of a capture, unless asked for."""
    need()
    capture = Capture(tmp_path / 'bind.pcap', [london.place.port])
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
