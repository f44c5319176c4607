# SPDX-License-Identifier: Apache-2.0
"""Strangers and mad peers attack; a good peer must not notice."""
import contextlib
import itertools
import socket
import struct
import threading

import pytest

from harness.apdu import ipm, message
from harness.mta import wait_for
from harness.p1client import P1Client, P1Error
from harness.site import Place, fresh_address, site

pytestmark = pytest.mark.unrecorded('attacks are malformed, cut off or never complete')
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
        while s.recv(1 << 16):
            pass
        return True
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


def test_peers_that_share_an_address(world, attack):
    """A cluster behind one address may call as often as it may have associations; strangers not."""
    place, one, two = Place('london'), Place('one', country='FR'), Place('two', country='IT')
    two.address = one.address
    may = {'max-associations': 5, 'urgent-associations': 1}
    mta = world.mta(place, site(place, [(one, may), (two, may)],
                                server={'max-unbound-per-source': 3})).start()
    for source, taken in ((one.address, 12), (fresh_address(), 3)):
        before = calls(mta)['unbound']
        held = [connect(attack, mta, source) for _ in range(taken + 2)]
        wait_for(lambda: sum(map(is_closed, held)) == 2, 'those beyond are closed')
        assert calls(mta)['unbound'] - before == taken
    assert [e['fields']['limit'] for e in mta.events(SOURCE_LIMIT)] == [12, 3]


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


def flood(mta, stop):
    """Half-open binds, closed ones and forgotten ones, as fast as they go, from everywhere."""
    kept = []
    while not stop.is_set():
        with contextlib.suppress(OSError):
            s = socket.socket()
            kept.append(s)
            s.settimeout(1)
            s.bind((fresh_address(), 0))
            s.connect((mta.place.address, mta.place.port))
            s.sendall(CR if len(kept) % 2 else CR[:7])
        if len(kept) > 50:
            kept.pop(0).close()


def test_flood_while_a_peer_works(london):
    """Four attackers do what they can; the good peer binds and transfers all the same."""
    stop = threading.Event()
    attackers = [threading.Thread(target=flood, args=(london, stop)) for _ in range(4)]
    try:
        for attacker in attackers:
            attacker.start()
        wait_for(lambda: london.events(UNBOUND_LIMIT), 'the flood has begun')
        for _ in range(10):
            assert serves_good(london, 3)
    finally:
        stop.set()
        for attacker in attackers:
            attacker.join()
    assert calls(london)['refused']['unbound'] > 100
    assert len(london.events(UNBOUND_LIMIT)) == 1
    assert london.memory_kib() < 128 * MIB


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


def test_silence_does_not_delay_the_stop(london, attack):
    """Who has not bound is not waited for when the MTA is to end."""
    held = [connect(attack, london, fresh_address()) for _ in range(20)]
    for s in held[::2]:
        s.sendall(CR)
    wait_for(lambda: calls(london)['unbound'] == 20, 'all are there')
    london.stop()  # well before open-timeout
    assert all(map(is_closed, held))


def test_file_descriptors_run_out(world, attack):
    """Callers take all that there are for callers: the others say why in the log, files can still be
    opened, x400ctl is answered, and when they have gone everything is as before."""
    place, good = Place('london'), Place('good', country='FR')
    mta = world.mta(place, site(place, [good], server={'max-unbound-per-source': 1000}),
                    prefix=['sh', '-c', 'ulimit -n 300; exec "$@"', 'sh']).start()
    mta.good = good
    callers = [connect(attack, mta, fresh_address()) for _ in range(250)]
    mta.wait_event(9202)
    assert 'too many open files in this process' in mta.events(9202)[0]['text']
    assert 100 < calls(mta)['unbound'] < 200
    mta.send(place.user('ann'), [place.user('bob')], 'large', 'x' * 100_000)
    mta.wait_messages('bob', 1)
    wait_for(lambda: calls(mta)['unbound'] + sum(map(is_closed, callers)) == 250, 'each is answered')
    assert len(mta.events(9202)) <= 250
    for s in callers:
        s.close()
    wait_for(lambda: calls(mta)['unbound'] == 0, 'they are gone')
    assert serves_good(mta)


# ---- binds ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def stuck_transfer(world, stop_timeout):
    """An MTA, and a peer in the middle of a transfer that does not go on."""
    place, stuck = Place('london'), Place('stuck', country='FR')
    mta = world.mta(place, site(place, [stuck], server={'stop-timeout': stop_timeout})).start()
    with P1Client(place.address, place.port, source=stuck.address) as client:
        client.bind('stuck', stuck.password)
        client.transfer(bytes(200_000), segments=1)
        wait_for(lambda: [e for e in mta.events(20099) if 'begins' in e['fields']['step']],
                 'the transfer has begun')
        yield mta, client


def test_stuck_transfer_does_not_delay_the_stop(world):
    """Nor lose anything: a peer in the middle of a transfer is waited for so long, and no longer."""
    with stuck_transfer(world, 1) as (mta, client):
        mta.stop()  # fails when it takes longer than a test may
        assert [e['fields']['count'] for e in mta.events(20049)] == [1]
        assert [e['fields']['detail'] for e in mta.events(9299)] == ['in order']
        with pytest.raises((P1Error, ConnectionError)):
            client.expect(0)


def test_second_signal_stops_at_once(world):
    """An operator who does not want to wait for the transfer says so; the log tells it."""
    with stuck_transfer(world, 3600) as (mta, _):
        mta.process.terminate()
        mta.wait_event(20012)  # it has begun to stop
        assert mta.running
        mta.stop()
        [stopped] = mta.events(9299)
        assert stopped['fields']['detail'] == 'at once, as a second signal asked'


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


# ---- octets -----------------------------------------------------------------------------------------


def tpkt(payload):
    return struct.pack('>BBH', 3, 0, len(payload) + 4) + payload


def nested(depth):
    """A SEQUENCE in a SEQUENCE, and so on, with indefinite lengths."""
    return b'\x30\x80' * depth + b'\0\0' * depth


# Ways to begin that lead nowhere: what is sent after TCP is there.
NONSENSE = {
    'HTTP': b'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'TLS': bytes.fromhex('16030102000100 01fc0303'.replace(' ', '')) + bytes(512),
    'zeros': bytes(100000),
    'ones': b'\xff' * 100000,
    'a TPKT shorter than its header': b'\x03\0\0\x03' * 1000,
    'an empty TPDU': b'\x03\0\0\x04' * 1000,
    'a DT before the CR': tpkt(b'\x02\xf0\x80' + bytes(1000)),
    'a CR with lengths that lie': tpkt(b'\xfe\xe0\0\0\0\1\0' + b'\xc1\xff' * 100),
    'two CRs': CR + CR,
    'CN with lengths that lie': CR + tpkt(b'\x02\xf0\x80\x0d\xff\xff\xff' + b'\xc1\xff\xff\xff' * 50),
    'CN with deep nesting': CR + tpkt(b'\x02\xf0\x80\x0d\xff\x30\x04\xc1\xff\x30\0' + nested(3072)),
    'an SPDU that is none': CR + tpkt(b'\x02\xf0\x80\x63\x02ab'),
    'accept without connect': CR + tpkt(b'\x02\xf0\x80\x0e\0'),
    'TSDU without end': CR + tpkt(b'\x02\xf0\0' + bytes(60000)) * 40,
}


def send_what_it_takes(s, octets):
    """Sends until the other end closes."""
    with contextlib.suppress(OSError):
        s.sendall(octets)


@pytest.mark.parametrize('name', NONSENSE)
def test_nonsense(london, attack, name):
    """Whatever comes first from many at once ends their connections, and nothing else."""
    before = london.memory_kib()
    held = [connect(attack, london, fresh_address()) for _ in range(30)]
    for s in held:
        send_what_it_takes(s, NONSENSE[name])
    wait_for(lambda: all(map(is_closed, held)) or calls(london)['unbound'] == 0,
             'all were sent away')
    assert serves_good(london)
    assert london.memory_kib() - before < 16 * MIB


def test_slow_octets(world, attack):
    """Forty callers send an octet now and then; each is borne for open-timeout, however busy he is."""
    place, good = Place('london'), Place('good', country='FR')
    limits = {'max-unbound': 100, 'open-timeout': 2}
    mta = world.mta(place, site(place, [good], server=limits)).start()
    mta.good = good
    held = [connect(attack, mta, fresh_address()) for _ in range(40)]
    octets = itertools.cycle(CR + tpkt(bytes(30000)))

    def all_closed():
        octet = bytes([next(octets)])
        for s in held:
            send_what_it_takes(s, octet)
        return all(map(is_closed, held))
    assert serves_good(mta)
    wait_for(all_closed, 'the slow ones are sent away', every=0.1)
    assert calls(mta)['unbound'] == 0
    assert serves_good(mta)


# ---- a peer gone mad --------------------------------------------------------------------------------

# APDUs that a peer may send once it is let in.
MAD = {
    'a giant length': b'\xa0\x84\xff\xff\xff\xff' + b'\x31\x84\xff\xff\xff\xf0' + bytes(100000),
    'a length of 127 octets': b'\xa0\xff' + b'\xff' * 127,
    'deep nesting': b'\xa0\x80' + nested(200000),
    'deep nesting in an envelope': b'\xa0\x80\x31\x80' + b'\xa1\x80' * 100000,
    'a tag without end': b'\xbf' + b'\xff' * 100000,
    'many small members': b'\xa0\x80\x31\x80' + b'\x05\0' * 300000,
    'nothing at all': b'\0',
    'a megabyte of zeros': bytes(1 << 20),
}


@pytest.mark.parametrize('name', MAD)
def test_mad_apdus(london, name):
    """They are accepted into quarantine or refused; either way the next message arrives."""
    before = london.memory_kib()
    for _ in range(3):
        with contextlib.suppress(P1Error, ConnectionError, socket.timeout):
            with P1Client(london.place.address, london.place.port,
                          source=london.good.address) as client:
                client.bind('good', 'secret')
                client.transfer(MAD[name])
                client.release()
    assert serves_good(london)
    assert london.memory_kib() - before < 64 * MIB


def test_transfers_that_break_off(london):
    """A hundred of them leave nothing behind, in memory or on disk."""
    def break_off(count):
        for _ in range(count):
            client = P1Client(london.place.address, london.place.port, source=london.good.address)
            client.bind('good', 'secret')
            content = bytes(200000)
            client.transfer(message(london.good.user('x'), [london.place.user('ann')],
                                    f'{next(serial)}', content), segments=3)
            client.transport.close(reset=True)
        wait_for(lambda: not london.ctl('associations'), 'they are gone')

    def on_disk():
        return sum(path.stat().st_size for path in london.store.rglob('*') if path.is_file())
    break_off(20)
    memory, disk = london.memory_kib(), on_disk()
    break_off(100)
    assert serves_good(london)
    assert london.memory_kib() - memory < 8 * MIB
    assert on_disk() - disk < 8 * MIB * 1024
    assert {item['kind'] for item in london.queue()} <= {'report'}  # on what was delivered


def test_as_many_associations_as_it_may(london):
    """A peer that opens more than it may is told so; its old ones work; others are served."""
    with contextlib.ExitStack() as stack:
        clients = []
        refusals = 0
        for _ in range(30):
            client = stack.enter_context(P1Client(london.place.address, london.place.port,
                                                  source=london.good.address))
            try:
                client.bind('good', 'secret')
                clients.append(client)
            except P1Error as error:
                assert 'bind error 0' in str(error)  # busy
                refusals += 1
        assert (len(clients), refusals) == (10, 20)
        for client in clients:
            content = ipm(london.good.user('x'), [london.place.user('ann')], 's', b'text')
            client.transfer(message(london.good.user('x'), [london.place.user('ann')],
                                    f'{next(serial)}', content))
            client.release()
    london.wait_messages('ann', len(clients))
    assert calls(london)['failed-binds'] == 0  # busy is nobody's fault
    assert serves_good(london)


def test_binding_again_and_again(london):
    """A reconnect storm of a peer that is let in."""
    before = london.memory_kib()
    for _ in range(300):
        with P1Client(london.place.address, london.place.port,
                      source=london.good.address) as client:
            client.bind('good', 'secret')
            client.release()
    assert serves_good(london)
    assert london.memory_kib() - before < 8 * MIB


# ---- counters ---------------------------------------------------------------------------------------


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
