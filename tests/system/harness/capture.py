# SPDX-License-Identifier: Apache-2.0
"""Traffic as others see it: tcpdump records, tshark dissects."""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from . import ber
from .mta import wait_for

ERROR_FILTER = '_ws.malformed or _ws.expert.severity >= 0x00800000'
# tshark on itself, where it loses the thread behind a bind in X.410 mode.
NOT_OURS = ("Internal error:can't get spdu type from session dissector",)
GT = b'\x01\x00'
ACTIVITY_START, ACTIVITY_END, DATA = 0x2d, 0x29, 0x01


def available():
    return os.geteuid() == 0 and shutil.which('tcpdump') and shutil.which('tshark')


def need():
    if not available():
        pytest.skip('captures need root, tcpdump and tshark')


class Capture:
    """Records TCP on an interface (loopback) for some ports, until stop()."""

    def __init__(self, path, ports, interface='lo', prefix=()):
        self.path = pathlib.Path(path)
        self.ports = sorted(set(ports))
        ports = ' or '.join(f'tcp port {port}' for port in self.ports)
        self.process = subprocess.Popen([*prefix, 'tcpdump', '-i', interface, '-U', '-s', '0', '-B',
                                         '32768', '--immediate-mode', '-Z', 'root', '-w',
                                         self.path, ports],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.whole = False
        os.set_blocking(self.process.stderr.fileno(), False)
        heard = bytearray()

        def listening():
            heard.extend(self.process.stderr.read() or b'')
            return b'listening on' in heard
        wait_for(listening, 'tcpdump listens')

    def stop(self):
        """Ends the recording when everything sent so far is in the file; once."""
        if self.process.poll() is not None:
            return self
        size = -1
        while size != self.path.stat().st_size:
            size = self.path.stat().st_size
            time.sleep(0.3)
        self.process.terminate()
        self.process.wait()
        counts = self.process.stderr.read() or b''
        self.whole = b'\n0 packets dropped by kernel' in b'\n' + counts
        return self

    def tshark(self, *arguments):
        decode = [part for port in self.ports for part in ('-d', f'tcp.port=={port},tpkt')]
        done = subprocess.run(['tshark', '-n', '-r', self.path, *decode, *arguments],
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout.splitlines()

    def faults(self):
        """What tshark finds malformed or wrong: (frame, what)."""
        rows = self.fields(ERROR_FILTER, 'frame.number', '_ws.expert.message', '_ws.malformed')
        faults = []
        for frame, messages, malformed in rows:
            lost = any(text in messages for text in NOT_OURS)
            ours = [m for m in messages.split(',') if m not in NOT_OURS and 'TCP' not in m
                    and (m != 'Malformed Packet (Exception occurred)' or not lost)]
            if ours or (malformed and not lost):
                faults.append((frame, ours))
        return faults

    def fields(self, display_filter, *names):
        """The values of fields in the frames that pass the filter: a list of tuples."""
        wanted = [part for name in names for part in ('-e', name)]
        lines = self.tshark('-Y', display_filter, '-T', 'fields', *wanted)
        return [tuple(line.split('\t')) for line in lines]

    def streams(self):
        """The octets of each direction of each TCP connection."""
        rows = self.fields('tcp.len > 0', 'tcp.stream', 'tcp.srcport', 'tcp.seq', 'tcp.payload')
        parts = {}
        for stream, port, seq, payload in rows:
            octets = bytes.fromhex(payload.replace(':', ''))
            parts.setdefault((stream, port), {})[int(seq)] = octets
        for by_seq in parts.values():
            octets = b''
            for seq in sorted(by_seq):  # the first octet has number 1; retransmissions overlap
                octets += by_seq[seq][max(0, len(octets) + 1 - seq):]
            yield octets

    def transfers(self):
        """What was transferred whole, in any mode: the user data of S-DATA, put together."""
        for octets in self.streams():
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

    def apdus(self, normal):
        """The APDUs that were transferred whole, in normal mode or in one of the X.410 modes."""
        for transfer in self.transfers():
            yield unwrap(transfer) if normal else b''.join(transfer)


def unwrap(transfer):
    """The APDU of a transfer in normal mode: segments in presentation data, then in EXTERNAL."""
    segments = [ber.decode(data)[0].find(0x30, 0xa0).members[0] for data in transfer]
    external = ber.decode(b''.join(segment.octets() for segment in segments))[0]
    return external.child(0xa0).value


def tsdus(octets):
    """The TSDUs in one direction of an RFC 1006 connection."""
    pos, tsdu = 0, b''
    while pos + 4 <= len(octets):
        size = int.from_bytes(octets[pos + 2:pos + 4], 'big')
        tpdu, pos = octets[pos + 4:pos + size], pos + size
        if tpdu[1:2] != b'\xf0':
            continue
        tsdu += tpdu[1 + tpdu[0]:]
        if tpdu[2] & 0x80:
            yield tsdu
            tsdu = b''
