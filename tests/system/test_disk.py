# SPDX-License-Identifier: Apache-2.0
"""What an operator sees of a disk that is full."""
import os
import pathlib
import shutil

import pytest

from harness.mta import CtlError, wait_for
from harness.site import Place, site

TEMPORARY = 6
DELETED, FULL = 20042, 20052


@pytest.fixture
def small(world):
    """An MTA whose store is a file system of 24 MiB, in a mount namespace of its own."""
    if os.geteuid() != 0 or not shutil.which('unshare'):
        pytest.skip('a file system of its own needs root and unshare')
    london, paris = Place('london'), Place('paris', country='FR')
    mta = world.mta(london, site(london, [paris]))
    mta.store.mkdir()
    mta.prefix = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=24m none "$0" && exec "$@"',
                  mta.store]
    mta.spawn()
    mta.prefix = []
    wait_for(mta.answers, 'london answers')
    return mta


def test_seed_that_does_not_fit(world, tmp_path):
    """A start that cannot keep what it has read does not go on as if it had."""
    if os.geteuid() != 0 or not shutil.which('unshare'):
        pytest.skip('a file system of its own needs root and unshare')
    london = Place('london')
    mta = world.mta(london, site(london, users=[f'user {n} {"x" * 20}' for n in range(4000)]))
    mta.store.mkdir()
    mta.prefix = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=768k none "$0" && exec "$@"',
                  mta.store]
    mta.spawn()
    assert mta.process.wait(30) == 1
    assert f'cannot start: {mta.seed}: cannot be kept in the store: disk or quota full' \
        in mta.log.read_text()
    assert not mta.events(20002)


def fill(mta):
    """Leaves no octet free where the store is; gives the file to remove."""
    path = pathlib.Path(f'/proc/{mta.process.pid}/root{mta.store}/filling')
    with open(path, 'wb', buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
    return path


def test_what_was_not_done_is_not_told(small):
    """An order that the store refuses changes nothing, and the log does not say that it did."""
    sent = small.send(small.place.user('ann'), ['/S=bob/PRMD=PARIS/ADMD= /C=FR/'])
    [item] = small.queue()
    filling = fill(small)
    with pytest.raises(CtlError, match='full') as refused:
        small.ctl('queue', 'delete', item['item'])
    assert refused.value.code == TEMPORARY
    assert small.wait_event(FULL)
    assert [queued['mts-id'] for queued in small.queue()] == [sent]
    filling.unlink()
    small.ctl('queue', 'delete', item['item'])
    assert small.queue() == []
    [told] = small.wait_event(DELETED)
    assert told['fields']['mts-id'] == sent
