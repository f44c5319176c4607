# SPDX-License-Identifier: Apache-2.0
"""What a running x400d may still do, as the kernel tells it."""
import json
import os
import pathlib
import pwd
import resource
import signal
import subprocess

import pytest

from harness.mta import Mta, X400D, wait_for
from harness.site import Place, site

BIND_SERVICE = 1 << 10
NOBODY = 'nobody'
LESS_PROTECTED = 20064
DELIVERED = 20031


def node(mta, **changes):
    """Changes the node file."""
    mta.config.write_text(json.dumps({**json.loads(mta.config.read_text()), **changes}))
    return mta


def threads(mta):
    """The status of each thread, as a mapping."""
    for task in pathlib.Path(f'/proc/{mta.process.pid}/task').iterdir():
        lines = (task / 'status').read_text().splitlines()
        yield {key: value.strip() for key, _, value in (line.partition(':') for line in lines)}


def less_protected(mta):
    return {event['fields']['measure'] for event in mta.events(LESS_PROTECTED)}


@pytest.fixture
def owned(world, tmp_path_factory):
    """An MTA on port 102 whose files belong to nobody, in a directory that he may enter."""
    if os.geteuid() != 0:
        pytest.skip('changing the user needs root')
    user = pwd.getpwnam(NOBODY)
    directory = tmp_path_factory.mktemp('owned')
    place = Place('london', port=102)
    # Groups that nobody has not: they are to go too.
    mta = Mta(place, directory / 'london', site(place), prefix=['setpriv', '--groups', '0,1'])
    world.mtas.append(mta)
    # The root of pytest's directories is for its user only.
    for parent in [directory, *directory.parents][:3]:
        if parent != pathlib.Path('/tmp') and os.stat(parent).st_uid == 0:
            os.chmod(parent, 0o755)
    for path in (mta.directory, mta.seed, mta.config):
        os.chown(path, user.pw_uid, user.pw_gid)
    return node(mta, user=NOBODY, log=[{'to': str(mta.events_file), 'level': 'debug'}])


def test_user_and_rights(owned):
    """Port 102 is opened by a process that never was root when it opened it; it keeps the one right
    that a later change of the configuration needs, and uses it."""
    owned.start()
    nobody = pwd.getpwnam(NOBODY)
    groups = set(os.getgrouplist(NOBODY, nobody.pw_gid))
    for status in threads(owned):
        assert set(status['Uid'].split()) == {str(nobody.pw_uid)}
        assert set(status['Gid'].split()) == {str(nobody.pw_gid)}
        assert set(map(int, status['Groups'].split())) <= groups
        assert int(status['CapPrm'], 16) == int(status['CapEff'], 16) == BIND_SERVICE
        assert int(status['CapInh'], 16) == int(status['CapBnd'], 16) == 0
        assert int(status['CapAmb'], 16) == 0
        assert status['NoNewPrivs'] == '1'
        assert status['Seccomp'] == '2'
    assert not less_protected(owned)
    owned.ctl('set', owned.place.stack, 'port=103')
    assert any(event['fields']['local'].endswith(':103') for event in owned.wait_event(20010, 2))


def test_files_are_private(owned):
    """Others cannot read the store nor the log, whatever the umask was."""
    before = os.umask(0)
    try:
        owned.start()
    finally:
        os.umask(before)
    owned.send(owned.place.user('ann'), [owned.place.user('bob')])
    owned.wait_messages('bob', 1)
    store = [owned.store, *owned.store.rglob('*')]
    assert len(store) > 2
    for path in store:
        assert os.stat(path).st_mode & 0o077 == 0, path
    assert os.stat(owned.events_file).st_mode & 0o027 == 0
    assert os.stat(owned.socket).st_mode & 0o777 == 0o660


def test_log_is_opened_again(owned):
    """Its old file is put aside, as logrotate does it, by a daemon without rights."""
    owned.start()
    aside = owned.events_file.with_suffix('.1')
    owned.events_file.rename(aside)
    owned.process.send_signal(signal.SIGHUP)
    wait_for(owned.events_file.exists, 'there is a new file')
    assert os.stat(owned.events_file).st_mode & 0o027 == 0
    before = aside.read_text()
    owned.send(owned.place.user('ann'), [owned.place.user('bob')])
    owned.wait_messages('bob', 1)
    assert owned.events(DELIVERED)
    assert aside.read_text() == before


def test_nobody_looks_into_it(owned):
    """Its own user has no access to its memory: what /proc shows of it is root's."""
    def owner():
        return os.stat(f'/proc/{owned.process.pid}/mem').st_uid
    owned.start()
    assert owner() == 0
    owned.stop()
    node(owned, **{'core-dumps': True}).start()
    assert owner() == pwd.getpwnam(NOBODY).pw_uid
    assert less_protected(owned) == {'core-dumps'}


def crash(mta):
    """Starts it where cores are allowed, crashes it, and tells whether the kernel wrote one."""
    def allow_cores():
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    with open(mta.log, 'ab') as log:
        mta.process = subprocess.Popen([X400D, '-c', mta.config], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, cwd=mta.directory,
                                       preexec_fn=allow_cores)
    wait_for(mta.answers, 'it answers')
    os.kill(mta.process.pid, signal.SIGSEGV)
    _, status = os.waitpid(mta.process.pid, 0)
    mta.process.returncode = -signal.SIGSEGV
    assert os.WTERMSIG(status) == signal.SIGSEGV
    return os.WCOREDUMP(status)


def test_no_core_unless_wanted(world):
    """The memory holds passwords: a crash leaves none of it, but for who asks for it."""
    mta = world.single()
    mta.stop()
    if not crash(node(mta, **{'core-dumps': True})):
        pytest.skip('this machine writes no cores')
    assert not crash(node(mta, **{'core-dumps': False}))


def test_filter_can_be_off(world):
    """For debugging; the log says so."""
    mta = world.single()
    assert {status['Seccomp'] for status in threads(mta)} == {'2'}
    assert 'seccomp' not in less_protected(mta)
    mta.stop()
    node(mta, seccomp='off')
    mta.start()
    assert {status['Seccomp'] for status in threads(mta)} == {'0'}
    assert {status['NoNewPrivs'] for status in threads(mta)} == {'1'}  # not only by the filter
    assert 'seccomp' in less_protected(mta)


def test_unknown_user(world):
    """A configuration error, before anything is opened."""
    mta = world.single()
    mta.stop()
    node(mta, user='no-such-user')
    done = subprocess.run([X400D, '-c', mta.config], capture_output=True, text=True, timeout=30,
                          check=False)
    assert done.returncode == 78
    assert done.stderr == f'{mta.config}: user: this machine has no user no-such-user\n'
