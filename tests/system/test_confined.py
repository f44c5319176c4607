# SPDX-License-Identifier: Apache-2.0
"""What a daemon does seldom, and only with its machine: it asks name servers, the journal, syslog and
the service manager. Its filter of system calls must let it. Machines differ, so the tests bring
their own: a mount namespace with the files and sockets in it that x400d looks for."""
import json
import os
import pathlib
import shlex
import socket
import socketserver
import struct
import subprocess
import threading

import pytest

from harness.mta import WAIT, X400D
from harness.site import Place, fresh_address, site

HAS_SYSTEMD = b'libsystemd.so' in pathlib.Path(X400D).read_bytes()
NAME = 'mta.paris.test'


def with_mounts(*commands):
    """The prefix of a command that is to see other mounts than we."""
    script = ' && '.join([*commands, 'exec "$@"'])
    return ['unshare', '--mount', 'sh', '-c', script, 'sh']


def bind_mount(source, target):
    return f'mount --bind {shlex.quote(str(source))} {shlex.quote(target)}'


@pytest.fixture(autouse=True)
def may_mount():
    done = subprocess.run([*with_mounts('mount -t tmpfs none /run'), 'true'], capture_output=True,
                          check=False)
    if done.returncode != 0:
        pytest.skip('mounts of its own need root')


def confined(mta):
    status = pathlib.Path(f'/proc/{mta.process.pid}/status').read_text()
    return 'Seccomp:\t2\n' in status


# ---- names --------------------------------------------------------------------------------------


class Names:
    """A name server that knows one address. Over UDP it says that there is more to say than fits, so
    that it is asked over TCP as well."""
    TRUNCATED, ANSWER, NO_ERROR, A, IN = 0x0200, 0x8180, 0, 1, 1

    def __init__(self, where, address):
        self.address = address
        self.asked = set()
        names = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                query, s = self.request
                s.sendto(names.answer(query, 'UDP'), self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self):
                while len(head := self.rfile.read(2)) == 2:
                    answer = names.answer(self.rfile.read(int.from_bytes(head, 'big')), 'TCP')
                    self.wfile.write(len(answer).to_bytes(2, 'big') + answer)

        self.servers = [socketserver.ThreadingUDPServer((where, 53), Datagram),
                        socketserver.ThreadingTCPServer((where, 53), Stream)]
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, query, how):
        self.asked.add(how)
        end = query.index(b'\0', 12) + 5
        question, (kind,) = query[12:end], struct.unpack('>H', query[end - 4:end - 2])
        known = kind == self.A and question.startswith(b'\3mta\5paris\4test\0')
        truncated = self.TRUNCATED if how == 'UDP' else 0
        answers = b''
        if known and not truncated:
            answers = (b'\xc0\x0c' + struct.pack('>HHIH', self.A, self.IN, 60, 4)
                       + socket.inet_aton(self.address))
        head = struct.pack('>HHHHHH', int.from_bytes(query[:2], 'big'), self.ANSWER | truncated, 1,
                           bool(answers), 0, 0)
        return head + question + answers

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def test_names_are_asked_for(world, tmp_path):
    """A neighbour that is configured by name is called, and recognised when it calls."""
    london, paris = Place('london'), Place('paris', country='FR')
    server = fresh_address()
    (tmp_path / 'resolv.conf').write_text(f'nameserver {server}\n')
    (tmp_path / 'nsswitch.conf').write_text('hosts: files dns\npasswd: files\ngroup: files\n')
    names = Names(server, paris.address)
    try:
        here = world.mta(london, site(london, [(paris, {'remote-hosts': [NAME]})]),
                         prefix=with_mounts(
                             *(bind_mount(tmp_path / name, os.path.realpath(f'/etc/{name}'))
                               for name in ('resolv.conf', 'nsswitch.conf')))).start()
        there = world.mta(paris, site(paris, [london])).start()
        assert confined(here)
        here.send(london.user('ann'), [paris.user('bob')])
        there.wait_messages('bob', 1)
        there.send(paris.user('ann'), [london.user('bob')])
        here.wait_messages('bob', 1)
        assert names.asked == {'UDP', 'TCP'}
    finally:
        names.stop()


# ---- the machine's log --------------------------------------------------------------------------


def logging_to_system(world, *mounts):
    place = Place('london', port=1)
    mta = world.mta(place, site(place, stack={'port': 0}), prefix=with_mounts(*mounts))
    node = json.loads(mta.config.read_text())
    mta.config.write_text(json.dumps({**node, 'log': [*node['log'], {'to': 'system'}]}))
    return mta


def listen(path):
    """A socket as daemons of the machine have it."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(str(path))
    path.chmod(0o666)
    s.settimeout(WAIT)
    return s


def hear(s, octets):
    """Until it has been said."""
    while octets not in (said := s.recv(1 << 16)):
        pass
    return said


@pytest.mark.skipif(not HAS_SYSTEMD, reason='built without libsystemd')
def test_the_journal_is_told(world, tmp_path):
    journal = tmp_path / 'journal'
    journal.mkdir()
    with listen(journal / 'socket') as s:
        mta = logging_to_system(world, 'mount -t tmpfs none /run', 'mkdir -p /run/systemd/journal',
                                bind_mount(journal, '/run/systemd/journal')).start()
        assert confined(mta)
        hear(s, b'X400_EVENT=9298\n')
        mta.send(mta.place.user('ann'), [mta.place.user('bob')])
        said = hear(s, b'X400_EVENT=20031\n')
        assert b'SYSLOG_IDENTIFIER=x400d\n' in said


def test_syslog_is_told(world, tmp_path):
    """Where there is no journal."""
    with listen(tmp_path / 'log') as s:
        mta = logging_to_system(world, 'mount -t tmpfs none /run', 'mount -t tmpfs none /dev',
                                'touch /dev/log', bind_mount(tmp_path / 'log', '/dev/log')).start()
        assert confined(mta)
        assert b'x400d[' in hear(s, b'MTA london started')


# ---- the service manager ------------------------------------------------------------------------


@pytest.mark.skipif(not HAS_SYSTEMD, reason='built without libsystemd')
def test_the_service_manager_is_told(world, tmp_path, monkeypatch):
    """It takes the unit for started when it hears READY, and not before."""
    with listen(tmp_path / 'notify') as s:
        monkeypatch.setenv('NOTIFY_SOCKET', str(tmp_path / 'notify'))
        mta = world.single()
        assert confined(mta)
        hear(s, b'READY=1')
        mta.stop()
        hear(s, b'STOPPING=1')
