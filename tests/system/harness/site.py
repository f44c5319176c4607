# SPDX-License-Identifier: Apache-2.0
"""Configurations for the tests: who is where, and the site file that says so."""
import dataclasses
import itertools
import os
import socket

# Loopback has 16 million addresses: each test run gets a network of its own, and in it each MTA an
# address, so that tests can run side by side and every MTA is known by its address, as in a real
# network.
_NETWORK = f'127.{10 + os.getpid() % 240}'
NETWORK = f'{_NETWORK}.0.0/16'
NOBODY = f'{_NETWORK}.255.254'
_hosts = itertools.count()


def fresh_address():
    n = next(_hosts)
    return f'{_NETWORK}.{n // 200 % 200}.{1 + n % 200}'


def free_port(address):
    """A port that the kernel calls free on that address."""
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


@dataclasses.dataclass
class Place:
    """An MTA as its neighbours see it."""
    name: str
    address: str = dataclasses.field(default_factory=fresh_address)
    port: int = 0
    country: str = 'GB'
    password: str = 'secret'

    def __post_init__(self):
        self.port = self.port or free_port(self.address)

    @property
    def prmd(self):
        return self.name.upper()

    @property
    def base(self):
        return f'/o=Test/ou={self.name}'

    @property
    def server(self):
        return f'{self.base}/cn=Configuration/cn=Servers/cn={self.name}'

    @property
    def stack(self):
        return f'{self.server}/cn=TCP'

    def connector(self, other):
        return f'{self.base}/cn=Configuration/cn=Connections/cn=to {other.name}'

    def mailbox(self, user):
        return f'{self.base}/cn=Recipients/cn={user}'

    @property
    def space(self):
        return f'C={self.country}; A= ; P={self.prmd}'

    def user(self, user):
        """The O/R address of one of this MTA's users."""
        return f'/S={user}/O=Test/PRMD={self.prmd}/ADMD= /C={self.country}/'


# Short times: a test waits for nothing.
QUICK = {'open-interval': 1, 'transfer-interval': 1, 'recovery-timeout': 1, 'disconnect-timeout': 5}


def connector(here, other, **changes):
    """How here reaches and recognises other."""
    out = {'stack': here.stack, 'remote-mta-name': other.name,
           'remote-mta-password': other.password, 'remote-hosts': [other.address],
           'remote-port': other.port, 'address-spaces': [other.space], **QUICK}
    out.update(changes)
    return {key: value for key, value in out.items() if value is not None}


def site(here, others=(), users=('ann', 'bob'), server=None, stack=None, **connector_changes):
    """A complete site file: others is a list of neighbours, or of (neighbour, its changes)."""
    objects = {
        '/o=Test': {},
        here.base: {'gdi': {'country': here.country, 'admd': ' ', 'prmd': here.prmd}},
        here.server: {'mta-name': here.name, 'mta-password': here.password, **(server or {})},
        here.stack: {'local-addresses': [here.address], 'port': here.port, **(stack or {})},
    }
    for other in others:
        other, changes = other if isinstance(other, tuple) else (other, {})
        objects[here.connector(other)] = connector(here, other, **{**connector_changes, **changes})
    for user in users:
        objects[here.mailbox(user)] = {'addresses': [here.user(user)]}
    return {'objects': objects}
