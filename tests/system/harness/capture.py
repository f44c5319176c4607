# SPDX-License-Identifier: Apache-2.0
"""Traffic as others see it: tcpdump records, tshark dissects."""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from .mta import wait_for

# What TCP itself remarks about a loaded loopback is not ours to answer for.
FILTER_ERRORS = '_ws.malformed or (_ws.expert.severity >= 0x00800000 and not tcp.analysis.flags)'


def need():
    if os.geteuid() != 0 or not shutil.which('tcpdump') or not shutil.which('tshark'):
        pytest.skip('captures need root, tcpdump and tshark')


class Capture:
    """Records TCP on an interface (loopback) for some ports, until stop()."""

    def __init__(self, path, ports, interface='lo', prefix=()):
        self.path = pathlib.Path(path)
        self.ports = sorted(set(ports))
        ports = ' or '.join(f'tcp port {port}' for port in self.ports)
        self.process = subprocess.Popen([*prefix, 'tcpdump', '-i', interface, '-U', '-s', '0', '-B',
                                         '32768', '-Z', 'root', '-w', self.path, ports],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stderr.fileno(), False)
        heard = bytearray()

        def listening():
            heard.extend(self.process.stderr.read() or b'')
            return b'listening on' in heard
        wait_for(listening, 'tcpdump listens')

    def stop(self):
        """Ends the recording when everything sent so far is in the file."""
        size = -1
        while size != self.path.stat().st_size:
            size = self.path.stat().st_size
            time.sleep(0.3)
        self.process.terminate()
        self.process.wait()
        return self

    def tshark(self, *arguments):
        decode = [part for port in self.ports for part in ('-d', f'tcp.port=={port},tpkt')]
        done = subprocess.run(['tshark', '-n', '-r', self.path, *decode, *arguments],
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout.splitlines()

    def faults(self):
        """Frames that tshark finds malformed or wrong."""
        return self.tshark('-Y', FILTER_ERRORS)

    def fields(self, display_filter, *names):
        """The values of fields in the frames that pass the filter: a list of tuples."""
        wanted = [part for name in names for part in ('-e', name)]
        lines = self.tshark('-Y', display_filter, '-T', 'fields', *wanted)
        return [tuple(line.split('\t')) for line in lines]
