# SPDX-License-Identifier: Apache-2.0
"""Traffic as others see it: tcpdump records, tshark dissects."""
import functools
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from . import ber
from .mta import wait_for

ERROR_FILTER = '_ws.malformed or _ws.expert.severity >= 0x00800000'
X410 = '0'  # mode-value
USER_DATA = b'\x61'  # Fully-encoded-data: presentation in normal mode
BEACON_PORT = 9
GT = b'\x01\x00'
ACTIVITY_START, ACTIVITY_END, DATA = 0x2d, 0x29, 0x01


def available():
    return os.geteuid() == 0 and shutil.which('tcpdump') and shutil.which('tshark')


def need():
    if not available():
        pytest.skip('captures need root, tcpdump and tshark')


class Recording:
    """A file of TCP traffic, every connection of it to or from an MTA."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    @functools.cached_property
    def ports(self):
        """Where somebody was called: the ports of MTAs."""
        done = subprocess.run(['tcpdump', '-nn', '-q', '-t', '-r', self.path,
                               'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn'],
                              capture_output=True, text=True, timeout=120, check=True)
        called = {line.split(' > ')[1].split(':')[0] for line in done.stdout.splitlines()}
        return sorted({int(end.rsplit('.', 1)[1]) for end in called} - {BEACON_PORT})

    def tshark(self, *arguments):
        decode = [part for port in self.ports for part in ('-d', f'tcp.port=={port},tpkt')]
        done = subprocess.run(['tshark', '-n', '-r', self.path, *decode, *arguments],
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout.splitlines()

    @functools.cached_property
    def noted(self):
        """(stream, frame, SPDUs, messages, mode) where tshark finds something malformed or wrong,
        or a bind in X.410 mode."""
        rows = self.fields(f'{ERROR_FILTER} or pres.mode_value == {X410}', 'tcp.stream',
                           'frame.number', 'ses.type', '_ws.expert.message', 'pres.mode_value')
        return [(stream, frame, spdus.split(','),
                 [text for text in messages.split(',') if text and 'TCP' not in text], mode)
                for stream, frame, spdus, messages, mode in rows]

    @functools.cached_property
    def lost(self):
        """The streams in which tshark follows the bind only: those of the X.410 modes."""
        return {stream for stream, _, _, _, mode in self.noted if mode == X410}

    def faults(self):
        """What is malformed or wrong: (frame, messages); but for transfers in the X.410 modes.
        They confuse tshark in other streams of the same file, which it is shown apart."""
        binds = [row for row in self.noted if row[0] in self.lost and str(DATA) not in row[2]]
        others = self.without(self.lost) if self.lost else self
        return [(frame, messages) for _, frame, _, messages, _ in binds + others.noted if messages]

    def without(self, streams):
        """A recording of the other streams."""
        others = self.path.with_suffix('.others')
        self.tshark('-Y', f'tcp and not tcp.stream in {{{",".join(streams)}}}', '-w', others)
        return Recording(others)

    def fields(self, display_filter, *names):
        """The values of fields in the frames that pass the filter: a list of tuples."""
        wanted = [part for name in names for part in ('-e', name)]
        lines = self.tshark('-Y', display_filter, '-T', 'fields', *wanted)
        return [tuple(line.split('\t')) for line in lines]

    def streams(self, only=None):
        """The octets of each direction of each TCP connection, or of some."""
        chosen = '' if only is None else f' and tcp.stream in {{{",".join(only)}}}'
        rows = self.fields(f'tcp.len > 0{chosen}', 'tcp.stream', 'tcp.srcport', 'tcp.seq',
                           'tcp.payload')
        parts = {}
        for stream, port, seq, payload in rows:
            octets = bytes.fromhex(payload.replace(':', ''))
            parts.setdefault((stream, port), {})[int(seq)] = octets
        for by_seq in parts.values():
            octets = bytearray()
            for seq in sorted(by_seq):  # the first octet has number 1; retransmissions overlap
                octets += by_seq[seq][max(0, len(octets) + 1 - seq):]
            yield octets

    def apdus(self, only=None):
        """The APDUs that were transferred whole, in all streams or in some."""
        for octets in self.streams(only):
            for transfer in transfers(octets):
                yield unwrap(transfer) if transfer[0][:1] == USER_DATA else b''.join(transfer)


class Capture(Recording):
    """Records the TCP of a network on an interface, until stop(). beacon is an address of that
    network where nobody listens at port 9: a call there is the last thing recorded."""

    def __init__(self, path, net, beacon, interface='lo', prefix=()):
        super().__init__(path)
        self.prefix = list(prefix)
        self.beacon = beacon
        self.whole = False
        self.process = subprocess.Popen([*self.prefix, 'tcpdump', '-i', interface, '-U', '-s', '0',
                                         '-B', '131072', '--immediate-mode', '-Z', 'root', '-w',
                                         self.path, f'tcp and net {net}'],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stderr.fileno(), False)
        heard = bytearray()

        def listening():
            heard.extend(self.process.stderr.read() or b'')
            return b'listening on' in heard
        wait_for(listening, 'tcpdump listens')

    def stop(self):
        """Ends the recording when everything sent so far is in the file; once. whole tells then
        whether the kernel kept up."""
        if self.process.poll() is not None:
            return self
        self.wait_for_beacon()
        self.process.terminate()
        self.process.wait()
        counts = self.process.stderr.read() or b''
        self.whole = b'\n0 packets dropped by kernel' in b'\n' + counts
        return self

    def wait_for_beacon(self):
        subprocess.run([*self.prefix, 'bash', '-c', f': > /dev/tcp/{self.beacon}/{BEACON_PORT}'],
                       stderr=subprocess.DEVNULL, check=False)
        mark = socket.inet_aton(self.beacon)
        with open(self.path, 'rb') as file:
            tail = b''

            def seen():
                nonlocal tail
                while octets := file.read(1 << 20):
                    tail = tail[-len(mark):] + octets
                    if mark in tail:
                        return True
                return False
            wait_for(seen, 'tcpdump has written all')


def transfers(octets):
    """What one direction of a connection transferred whole: the user data of each S-DATA."""
    transfer = []
    for tsdu in tsdus(octets):
        if tsdu[:2] != GT or len(tsdu) < 3:
            continue
        if tsdu[2] == ACTIVITY_START:
            transfer = []
        elif tsdu[2] == DATA:
            transfer.append(tsdu[4:])
        elif tsdu[2] == ACTIVITY_END and transfer:
            yield transfer


def unwrap(transfer):
    """The APDU of a transfer in normal mode: segments in presentation data, then in EXTERNAL."""
    segments = [ber.decode(data)[0].find(0x30, 0xa0).members[0] for data in transfer]
    external = ber.decode(b''.join(segment.octets() for segment in segments))[0]
    return external.child(0xa0).value


def tsdus(octets):
    """The TSDUs in one direction of an RFC 1006 connection."""
    pos, tsdu = 0, []
    while pos + 4 <= len(octets):
        size = int.from_bytes(octets[pos + 2:pos + 4], 'big')
        tpdu, pos = bytes(octets[pos + 4:pos + size]), pos + size
        if tpdu[1:2] != b'\xf0':
            continue
        tsdu.append(tpdu[1 + tpdu[0]:])
        if tpdu[2] & 0x80:
            yield b''.join(tsdu)
            tsdu = []
