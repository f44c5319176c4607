# SPDX-License-Identifier: Apache-2.0
"""What dist/ installs for systemd, judged by systemd's own tools."""
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

from harness.mta import X400D

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What x400d does before its own filter is in force.
AT_START = {'capget', 'capset', 'chown', 'prctl', 'prlimit64', 'seccomp', 'socket', 'mmap',
            'mprotect', 'ioctl', 'clone', 'clone3', 'tgkill'}
# What the service manager needs to start it, and what is in groups with what it needs.
MAY_STAY = {'capset', 'execve', 'execveat', 'fork', 'kill', 'pidfd_send_signal', 'rt_sigqueueinfo',
            'rt_tgsigqueueinfo', 'seccomp', 'tkill', 'vfork'}


def run(*command):
    if not shutil.which(command[0]):
        pytest.skip(f'{command[0]} is not installed')
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def unit(tmp_path):
    """The unit file with a daemon that exists."""
    text = (ROOT / 'dist/x400d.service.in').read_text()
    text = text.replace('@sbindir@/x400d', str(X400D)).replace('@sysconfdir@', '/etc')
    path = tmp_path / 'x400d.service'
    path.write_text(text)
    return path


def test_unit_is_sound(unit):
    done = run('systemd-analyze', 'verify', '--man=no', unit)
    assert (done.returncode, done.stderr) == (0, '')


def test_unit_exposes_little(unit):
    """The mark of systemd-analyze is at most 1.6 of 10 (less is better)."""
    done = run('systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=16', unit)
    assert done.returncode == 0, done.stdout[-300:]


def members(group):
    """The system calls of one of systemd's groups."""
    done = run('systemd-analyze', 'syscall-filter', '--no-pager', group)
    out = set()
    for word in re.findall(r'^    ([@a-z_0-9-]+)$', done.stdout, re.MULTILINE):
        out |= members(word) if word.startswith('@') else {word}
    return out


def allowed_by(unit):
    """Later lines add to the first, or take away from it."""
    allowed = set()
    for line in re.findall(r'^SystemCallFilter=(.*)$', unit.read_text(), re.MULTILINE):
        named = set()
        for word in line.lstrip('~').split():
            named |= members(word) if word.startswith('@') else {word}
        allowed = allowed - named if line.startswith('~') else allowed | named
    return allowed


def test_unit_lets_the_daemon_do_its_work(unit):
    """Its filter of system calls holds back nothing that x400d's own filter allows."""
    text = (ROOT / 'src/prog/x400d/confine_calls.inc').read_text()
    own = set(re.findall(r'ALLOW\((\w+)\)', text))
    fatal = set(re.findall(r'FATAL\((\w+)\)', text))
    allowed = allowed_by(unit)
    assert len(own) > 100 and 'read' in allowed
    other_machines = {'fcntl64', 'fstatat64'}
    assert not (own | AT_START) - allowed - other_machines
    assert 'ptrace' in fatal
    assert not (fatal & allowed) - MAY_STAY


def test_users_and_directories(tmp_path):
    """On an empty machine the user is made, and directories that only he can enter."""
    if os.geteuid() != 0:
        pytest.skip('making users needs root')
    (tmp_path / 'etc').mkdir()
    done = run('systemd-sysusers', f'--root={tmp_path}', ROOT / 'dist/x400d.sysusers')
    assert done.returncode == 0, done.stderr
    user = next(line for line in (tmp_path / 'etc/passwd').read_text().splitlines()
                if line.startswith('x400d:')).split(':')
    uid, gid = int(user[2]), int(user[3])
    assert user[6].endswith('nologin')
    done = run('systemd-tmpfiles', '--create', f'--root={tmp_path}', ROOT / 'dist/x400d.tmpfiles')
    assert done.returncode == 0, done.stderr
    for name, owner, mode in (('var/lib/x400d', uid, 0o700), ('var/log/x400d', uid, 0o750),
                              ('run/x400d', uid, 0o755), ('etc/x400d', 0, 0o750)):
        found = os.stat(tmp_path / name)
        assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (owner, gid, mode), name
