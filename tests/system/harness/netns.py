# SPDX-License-Identifier: Apache-2.0
"""Hosts on one machine: network namespaces on a bridge, without a way out."""
import itertools
import os
import shutil
import subprocess

import pytest

_count = itertools.count()


def need():
    """Skips the test, by name, where namespaces cannot be made."""
    if os.geteuid() != 0 or not shutil.which('ip'):
        pytest.skip('network namespaces need root and iproute2')
    probe = f'x4-{os.getpid()}-probe'
    made = subprocess.run(['ip', 'netns', 'add', probe], capture_output=True, check=False)
    used = subprocess.run(['ip', '-n', probe, 'link', 'set', 'lo', 'up'], capture_output=True,
                          check=False)
    subprocess.run(['ip', 'netns', 'del', probe], capture_output=True, check=False)
    if made.returncode != 0 or used.returncode != 0:
        pytest.skip('this machine allows no network namespaces')


def ip(*arguments):
    subprocess.run(['ip', *arguments], check=True, capture_output=True)


class Network:
    """A switch and hosts with an address each. Use as a context manager: what it made goes."""

    def __init__(self, **hosts):
        self.prefix = f'x4-{os.getpid()}-{next(_count)}'
        self.made = []
        try:
            self.build(hosts)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def namespace(self, host):
        return f'{self.prefix}-{host}'

    def add(self, host):
        ip('netns', 'add', self.namespace(host))
        self.made.append(self.namespace(host))
        ip('-n', self.namespace(host), 'link', 'set', 'lo', 'up')

    def build(self, hosts):
        self.add('switch')
        switch = self.namespace('switch')
        ip('-n', switch, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0', 'stp_state',
           '0')
        ip('-n', switch, 'link', 'set', 'br0', 'up')
        for host, address in hosts.items():
            self.add(host)
            ip('-n', switch, 'link', 'add', f'v-{host}', 'type', 'veth', 'peer', 'name', 'eth0',
               'netns', self.namespace(host))
            ip('-n', switch, 'link', 'set', f'v-{host}', 'master', 'br0', 'up')
            ip('-n', self.namespace(host), 'link', 'set', 'eth0', 'up')
            ip('-n', self.namespace(host), 'addr', 'add', f'{address}/24', 'dev', 'eth0')

    def close(self):
        for namespace in reversed(self.made):
            subprocess.run(['ip', 'netns', 'del', namespace], capture_output=True, check=False)
        self.made = []

    def on(self, host):
        """What to put in front of a command that runs on host."""
        return ['ip', 'netns', 'exec', self.namespace(host)]

    def take_address(self, host, address):
        """host gets a further address and tells its neighbours."""
        ip('-n', self.namespace(host), 'addr', 'add', f'{address}/32', 'dev', 'eth0')
        if shutil.which('arping'):
            subprocess.run([*self.on(host), 'arping', '-q', '-U', '-c', '1', '-I', 'eth0', address],
                           check=False, capture_output=True)

    def drop_address(self, host, address):
        ip('-n', self.namespace(host), 'addr', 'del', f'{address}/32', 'dev', 'eth0')
