# SPDX-License-Identifier: Apache-2.0
"""Two MTAs exchange messages, probes and reports: modes, sizes, numbers of recipients."""
import os

import pytest

from harness.mta import CtlError, wait_for
from harness.p1client import MODES

MIB = 1024 * 1024
TEMPORARY = 6  # exit status of x400ctl


@pytest.mark.parametrize('mode', MODES)
def test_message_and_delivery_report(world, mode):
    """A message goes over, its delivery report comes back, and both ends call the other."""
    london, paris = world.pair(conformance=mode)
    sent = london.send(london.place.user('ann'), [paris.place.user('bob')], 'Bonjour', 'a text\r\n',
                       '--report', 'delivery')
    [arrived] = paris.wait_messages('bob', 1)
    assert arrived['mts-id'] == sent
    [report] = london.wait_reports('ann', 1)
    shown = london.ctl('mailbox', 'read', london.place.mailbox('ann'), report['entry'])
    assert sent in str(shown)
    for mta in (london, paris):
        mta.wait_idle()


@pytest.mark.parametrize('mode', MODES)
def test_probe_is_answered(world, mode):
    london, paris = world.pair(conformance=mode)
    answer = london.ctl('probe', '--from', london.place.user('ann'), '--to',
                        paris.place.user('bob'), '--report', 'delivery')
    [report] = london.wait_reports('ann', 1)
    shown = london.ctl('mailbox', 'read', london.place.mailbox('ann'), report['entry'])
    assert answer['mts-id'] in str(shown)
    assert not paris.entries('bob')


@pytest.mark.parametrize('mode', MODES)
def test_unknown_recipient_is_reported(world, mode):
    """The non-delivery report says unrecognised-OR-name (X.411: unable-to-transfer 1, 0)."""
    london, paris = world.pair(conformance=mode)
    sent = london.send(london.place.user('ann'), [paris.place.user('nobody')])
    [report] = london.wait_reports('ann', 1)
    shown = str(london.ctl('mailbox', 'read', london.place.mailbox('ann'), report['entry']))
    assert sent in shown
    assert 'unrecognised-OR-name' in shown
    assert not paris.entries('bob')


@pytest.mark.parametrize('mode', MODES)
def test_two_way_alternate(world, mode):
    """Both directions share one association."""
    london, paris = world.pair(conformance=mode, **{'two-way-alternate': True})
    for n in range(3):
        london.send(london.place.user('ann'), [paris.place.user('bob')], f'there {n}')
        paris.send(paris.place.user('bob'), [london.place.user('ann')], f'back {n}')
    paris.wait_messages('bob', 3)
    london.wait_messages('ann', 3)


@pytest.mark.parametrize('size', [1, 1000, 32 * 1024, 30 * 1024 * 5 + 1, MIB,
                                  16 * MIB, 64 * MIB])
def test_contents_arrive_as_they_left(world, tmp_path, size):
    london, paris = world.pair()
    body = tmp_path / 'body'
    body.write_bytes(os.urandom(size))
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'sized', '',
                '--attach', body)
    [arrived] = paris.wait_messages('bob', 1, seconds=120)
    code, content, _ = paris.run('mailbox', 'export', paris.place.mailbox('bob'), arrived['entry'],
                                 binary=True)
    assert code == 0
    assert body.read_bytes() in content


def test_memory_is_bounded_whatever_the_size(world, tmp_path):
    """The same MTAs carry 64 MiB with hardly more memory than 1 MiB."""
    london, paris = world.pair()
    body = tmp_path / 'body'
    sizes = {}
    for size in (MIB, 64 * MIB):
        body.write_bytes(b'x' * size)
        before = len(paris.messages('bob'))
        london.send(london.place.user('ann'), [paris.place.user('bob')], 'sized', '',
                    '--attach', body)
        paris.wait_messages('bob', before + 1, seconds=120)
        sizes[size] = [mta.memory_kib() for mta in (london, paris)]
    for small, large in zip(sizes[MIB], sizes[64 * MIB]):
        assert large - small < 16 * 1024, f'{small} KiB, then {large} KiB'


@pytest.mark.parametrize('count', [1, 2, 50, 500])
def test_recipients(world, count):
    """Every recipient gets it once, in one transfer."""
    users = [f'user{n}' for n in range(count)]
    london, paris = world.pair(users=['ann', *users])
    london.send(london.place.user('ann'), [paris.place.user(user) for user in users])
    for user in users:
        assert len(paris.wait_messages(user, 1)) == 1
    assert len(paris.events(272)) == 1


def test_urgent_goes_first(world):
    """What waits while the connector is closed leaves by priority, then by age."""
    london, paris = world.pair(schedule='never')
    sent = {}
    for priority in ('non-urgent', 'normal', 'urgent'):
        for n in range(2):
            sent[priority, n] = london.send(london.place.user('ann'), [paris.place.user('bob')],
                                            'order', 'x', '--priority', priority)
    assert len(london.queue()) == 6
    for mta, other in ((paris, london), (london, paris)):
        mta.ctl('set', mta.place.connector(other.place), 'schedule=always', 'max-associations=1',
                'urgent-associations=0')
    paris.wait_messages('bob', 6)
    assert [event['fields']['mts-id'] for event in paris.events(272)] == [
        sent[priority, n] for priority in ('urgent', 'normal', 'non-urgent') for n in range(2)]


def test_queue_waits_for_the_peer(world):
    """Nothing is lost while the other side is down; the connector says why it waits."""
    london, paris = world.pair()
    paris.stop()
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    wait_for(lambda: 'refused' in str(london.ctl('connector', 'list')), 'the connector tells why')
    assert len(london.queue()) == 1
    paris.start()
    paris.wait_messages('bob', 1)
    london.wait_idle()


def test_stop_ends_associations_in_order(world):
    """SIGTERM releases; the other side sees an end, not a failure."""
    london, paris = world.pair()
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    paris.wait_messages('bob', 1)
    london.stop()
    paris.wait_event(20021)
    assert not paris.events(1294)


def test_a_full_disk_refuses_for_now_and_keeps_what_it_has(world):
    """New messages wait at the sender; when there is room again they come, without help."""
    london, paris = world.pair()
    server = '/o=Test/ou=paris/cn=Configuration/cn=Servers/cn=paris'
    paris.ctl('set', server, 'minimum-free-disk=67108864')
    paris.wait_event(9411)
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    wait_for(lambda: [i['attempts'] for i in london.queue()] not in ([], [0]), 'a first attempt')
    with pytest.raises(CtlError) as refused:
        paris.send(paris.place.user('bob'), [london.place.user('ann')])
    assert refused.value.code == TEMPORARY
    assert not paris.messages('bob')
    paris.ctl('set', server, 'minimum-free-disk=1')
    paris.wait_messages('bob', 1)
    london.wait_idle()


def test_debug_level_shows_how_the_protocol_went(world):
    london, paris = world.pair()
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    paris.wait_messages('bob', 1)
    wait_for(lambda: 'sent and acknowledged' in [e['fields']['step'] for e in london.events(20099)],
             'the step at the sender')
    assert ['the peer opens', 'the peer begins a transfer', 'the peer ends the transfer'] == [
        e['fields']['step'] for e in paris.events(20099)][:3]
    assert '20099' not in london.log.read_text()  # stderr has level info
