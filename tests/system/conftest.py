# SPDX-License-Identifier: Apache-2.0
"""Fixtures. Each test has a directory of its own; what it started is ended by process id. When a
test fails, the end of every log is shown and the directory stays."""
import pathlib
import subprocess
import sys
import warnings

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]

from differential.asn1ct import oracle  # noqa: E402,F401
from harness import capture  # noqa: E402
from harness.mta import Mta, X400CTL, X400D, X400LOAD  # noqa: E402
from harness.p1client import P1Client  # noqa: E402
from harness.site import NETWORK, NOBODY, Place, site  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line('markers', 'unrecorded(why): what this test does on the wire is not '
                            'shown to tshark')


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.usefixtures('programs'))


@pytest.fixture(scope='session')
def programs():
    for program in (X400D, X400CTL):
        assert program.exists(), f'{program} is not built; set X400D_BUILD to the build directory'


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == 'call':
        item.failed = outcome.get_result().failed


@pytest.fixture
def world(tmp_path, request):
    """Makes MTAs and ends them; tshark must have nothing to say against what was said with them."""
    made = World(tmp_path, capture.available() and not request.node.get_closest_marker('unrecorded'))
    yield made
    made.end(check=not getattr(request.node, 'failed', True))
    if getattr(request.node, 'failed', True):
        made.show()


class World:
    def __init__(self, directory, record):
        self.directory = directory
        self.record = record
        self.records = []
        self.mtas = []

    def mta(self, place, site_file, name=None, **options):
        if self.record and not self.records:
            self.capture('loopback', NETWORK, NOBODY)
        made = Mta(place, self.directory / (name or place.name), site_file, **options)
        self.mtas.append(made)
        return made

    def single(self, **changes):
        """One running MTA without neighbours, on a port that the system picked: place.port."""
        place = Place('london', port=1)
        mta = self.mta(place, site(place, stack={'port': 0}, **changes)).start()
        place.port = mta.listening_port()
        return mta

    def pair(self, users=('ann', 'bob'), server=None, **connector_changes):
        """Two running MTAs joined by connectors."""
        london, paris = Place('london'), Place('paris', country='FR')
        return [self.mta(here, site(here, [other], users, server, **connector_changes)).start()
                for here, other in ((london, paris), (paris, london))]

    def capture(self, name, net, beacon, **options):
        """Records from now on; end() stops it at the latest, and reads it."""
        record = capture.Capture(self.directory / f'{name}.pcap', net, beacon, **options)
        self.records.append(record)
        return record

    def end(self, check):
        try:
            for mta in self.mtas:
                if check:
                    mta.stop()
        finally:
            for mta in self.mtas:
                mta.kill()
            for record in self.records:
                record.stop()
        for record in self.records[:] if check else ():
            self.check(record)

    def check(self, record):
        """tshark has nothing to say against it. It follows transfers in normal mode only: what the
        X.410 modes carried is carried once more in normal mode, and dissected there."""
        if not record.whole:
            warnings.warn(f'{record.path}: packets are missing, not shown to tshark')
            return
        assert record.faults() == []
        if record.lost:
            assert self.carry_again(record.apdus(record.lost)).faults() == []

    def carry_again(self, apdus):
        """A capture of these APDUs in normal mode."""
        place = Place('taker')
        record = self.capture(f'again{len(self.records)}', NETWORK, NOBODY)
        with subprocess.Popen([X400LOAD, '--listen', f'{place.address}:{place.port}', '-n', 'taker',
                               '-m', '0'], stdout=subprocess.PIPE) as taker:
            assert taker.stdout.readline().startswith(b'listening on ')
            client = P1Client(place.address, place.port)
            client.bind('again', '')
            for apdu in apdus:
                client.transfer(apdu)
            client.release()
            taker.terminate()
        return record.stop()

    def show(self):
        for mta in self.mtas:
            print(f'---- {mta.log}')
            if mta.log.exists():
                print(mta.log.read_text(errors='replace')[-6000:])
