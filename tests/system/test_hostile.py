# SPDX-License-Identifier: Apache-2.0
"""Strangers and mad peers attack; a good peer must not notice."""
import contextlib
import itertools
import socket
import struct

import pytest

from harness.apdu import ipm, message
from harness.mta import wait_for
from harness.p1client import P1Client, P1Error
from harness.site import Place, fresh_address, site

MIB = 1024  # in KiB
UNBOUND_LIMIT, SOURCE_LIMIT, SOURCE_BLOCKED = 20015, 20016, 20017
CR = bytes.fromhex('0300000e 09e000001234 00 c0010b'.replace(' ', ''))


@pytest.fixture
def london(world):
    """One MTA that knows a good peer, and limits that are soon reached."""
    place, good = Place('london'), Place('good', country='FR')
    limits = {'max-unbound': 40, 'max-unbound-per-source': 10, 'bind-failures': 3}
    mta = world.mta(place, site(place, [good], server=limits)).start()
    mta.good = good
    return mta


@pytest.fixture
def attack():
    """Sockets that are closed when the test is over."""
    with contextlib.ExitStack() as stack:
        yield stack


def connect(stack, mta, source):
    """A TCP connection from an address of loopback; perhaps one that is reset already."""
    s = stack.enter_context(socket.socket())
    s.settimeout(10)
    s.bind((source, 0))
    with contextlib.suppress(ConnectionError):
        s.connect((mta.place.address, mta.place.port))
    return s


def is_closed(s):
    """Has the other end closed it?"""
    s.setblocking(False)
    try:
        return s.recv(1 << 16) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        s.setblocking(True)
        s.settimeout(10)


def serves_good(mta, count=1):
    """A message of the good peer arrives."""
    before = len(mta.messages('ann'))
    with P1Client(mta.place.address, mta.place.port, source=mta.good.address) as client:
        client.bind('good', 'secret')
        for n in range(count):
            good, ann = mta.good.user('x'), mta.place.user('ann')
            content = ipm(good, [ann], 'hostile', b'still here\r\n')
            client.transfer(message(good, [ann], f'{next(serial)}', content))
        client.release()
    mta.wait_messages('ann', before + count)
    return True


serial = itertools.count(1)


def calls(mta):
    return mta.ctl('status')['calls']


# ---- connections ------------------------------------------------------------------------------------


def test_one_source_with_many_connections(london, attack):
    """It gets its few; others are served."""
    source = fresh_address()
    held = [connect(attack, london, source) for _ in range(60)]
    wait_for(lambda: sum(map(is_closed, held)) == 50, 'all but ten are closed')
    assert serves_good(london, 3)
    assert calls(london)['refused']['unbound-of-source'] == 50
    assert len(london.events(SOURCE_LIMIT)) == 1
    assert source in london.events(SOURCE_LIMIT)[0]['fields']['peer']


def test_many_sources_with_half_open_binds(london, attack):
    """Each has sent its CR and waits. The oldest give way; who is configured is served, and so is a
    stranger who binds at once and is only then found to have no connector."""
    held = []
    for _ in range(30):
        source = fresh_address()
        for _ in range(5):
            held.append(connect(attack, london, source))
            held[-1].sendall(CR)
    wait_for(lambda: sum(map(is_closed, held)) == 110, 'all but forty gave way')
    assert calls(london)['unbound'] == 40
    assert serves_good(london, 3)
    with P1Client(london.place.address, london.place.port, source=fresh_address()) as stranger:
        with pytest.raises(P1Error, match='bind error 2'):
            stranger.bind('stranger', 'guess')
    assert len(london.events(UNBOUND_LIMIT)) == 1
    assert london.events(9301)


def test_reconnect_storm(london, attack):
    """Connections that come and go leave nothing behind: no memory, no event each."""
    del attack
    before = london.memory_kib()
    for n in range(3000):
        with contextlib.ExitStack() as stack:
            s = connect(stack, london, '127.0.0.1')
            if n % 3 == 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    assert serves_good(london)
    wait_for(lambda: calls(london)['unbound'] == 0, 'all are gone')
    assert london.memory_kib() - before < 8 * MIB
    assert len([event for event in london.events() if event['severity'] != 'debug']) < 60


# ---- binds ------------------------------------------------------------------------------------------


def bind_badly(mta, source):
    """What the caller is told; 'closed' when the call was not taken."""
    try:
        with P1Client(mta.place.address, mta.place.port, source=source) as client:
            client.bind('good', 'guess')
    except (ConnectionError, P1Error) as error:
        return 'refused' if 'bind error 2' in str(error) else 'closed'
    raise AssertionError('the bind was accepted')


def test_guessing_passwords(london, attack):
    """After a few failed binds the source is not heard for a while; others are."""
    del attack
    source = fresh_address()
    assert [bind_badly(london, source) for _ in range(10)] == ['refused'] * 4 + ['closed'] * 6
    assert len(london.events(SOURCE_BLOCKED)) == 1
    assert london.events(SOURCE_BLOCKED)[0]['fields'] == {'source': source, 'seconds': 10}
    assert calls(london)['blocked-sources'] == 1
    assert calls(london)['refused']['failed-binds'] == 6
    assert serves_good(london)
    assert bind_badly(london, fresh_address()) == 'refused'
    # The operator has changed something: the caller may try again.
    london.ctl('set', london.place.server, 'bind-failures=5')
    assert bind_badly(london, source) == 'refused'


def metrics(mta):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(mta.socket))
        s.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
        with s.makefile('rb') as answer:
            return answer.read().decode()


def test_metrics(london, attack):
    """Prometheus sees what status shows."""
    connect(attack, london, fresh_address())
    wait_for(lambda: calls(london)['unbound'] == 1, 'the caller is seen')
    text = metrics(london)
    assert 'x400d_connections_unbound 1\n' in text
    assert 'x400d_calls_refused_total{limit="failed-binds"} 0\n' in text
    assert 'x400d_failed_binds_total 0\n' in text
    assert 'x400d_sources_blocked 0\n' in text
