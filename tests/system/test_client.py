# SPDX-License-Identifier: Apache-2.0
"""A P1 initiator that is not ours delivers into x400d, and misbehaves toward it."""
import os
import socket

import pytest

from harness import apdu
from harness.p1client import MODES, NORMAL, RTTR_FORMS, P1Client, P1Error
from harness.site import Place, site

MALFORMED = pytest.mark.unrecorded('what is sent is malformed on purpose')
STRANGER = '127.0.0.1'


class Scene:
    """One MTA and a neighbour that is only a script."""

    def __init__(self, world, **changes):
        self.place = Place('london')
        self.client = Place('client', country='FR', port=1)
        self.mta = world.mta(self.place, site(self.place, [(self.client, changes)])).start()

    def connect(self, mode=NORMAL, **options):
        options.setdefault('source', self.client.address)
        return P1Client(self.place.address, self.place.port, mode, **options)

    def bound(self, mode=NORMAL, **options):
        client = self.connect(mode, **options)
        client.bind(self.client.name, self.client.password)
        return client

    def message(self, local, body=b'hello\r\n', users=('bob',), **options):
        sender, to = self.client.user('eve'), [self.place.user(user) for user in users]
        return apdu.message(sender, to, local, apdu.ipm(sender, to, local, body), **options)


@pytest.mark.parametrize('mode', MODES)
def test_message_is_delivered(world, mode):
    scene = Scene(world)
    client = scene.bound(mode)
    assert client.responder == scene.place.name
    client.transfer(scene.message('m1'))
    client.release()
    [entry] = scene.mta.wait_messages('bob', 1)
    assert 'm1' in entry['mts-id']


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('checkpoint', [0, 1, 32])
def test_large_message_with_checkpoints(world, mode, checkpoint):
    scene = Scene(world)
    client = scene.bound(mode, checkpoint=checkpoint)
    body = os.urandom(300000).hex().encode()
    client.transfer(scene.message('large', body))
    client.release()
    [entry] = scene.mta.wait_messages('bob', 1)
    _, content, _ = scene.mta.run('mailbox', 'export', scene.place.mailbox('bob'), entry['entry'],
                                  binary=True)
    assert body in content


@pytest.mark.unrecorded('a TSDU of 5 MB is more than tshark puts together')
@pytest.mark.parametrize('form', RTTR_FORMS)
def test_large_message_without_checkpoints_in_any_form(world, form):
    """One SSDU, written in whatever BER an old peer likes."""
    scene = Scene(world)
    client = scene.bound(checkpoint=0, form=form)
    client.checkpoint = 0  # it knows none, whatever the answer proposes
    body = os.urandom(2500000).hex().encode()
    client.transfer(scene.message('large', body))
    client.transfer(scene.message('small'))
    client.release()
    entries = scene.mta.wait_messages('bob', 2)
    [large] = [entry for entry in entries if 'large' in entry['mts-id']]
    _, content, _ = scene.mta.run('mailbox', 'export', scene.place.mailbox('bob'), large['entry'],
                                  binary=True)
    assert body in content


@pytest.mark.parametrize('mode', MODES)
def test_probe_is_taken(world, mode):
    scene = Scene(world)
    client = scene.bound(mode)
    client.transfer(apdu.probe(scene.client.user('eve'), [scene.place.user('bob')], 'p1'))
    client.release()
    scene.mta.wait_event(20036)
    assert not scene.mta.entries('bob')


def test_many_messages_over_one_association(world):
    scene = Scene(world)
    client = scene.bound()
    for n in range(50):
        client.transfer(scene.message(f'm{n}'))
    client.release()
    assert len(scene.mta.wait_messages('bob', 50)) == 50


def test_the_same_message_twice_is_delivered_once(world):
    """An acknowledgement lost on the way makes a peer send again."""
    scene = Scene(world)
    again = scene.message('once')
    for _ in range(2):
        client = scene.bound()
        client.transfer(again)
        client.release()
    scene.mta.wait_event(20030)
    assert len(scene.mta.wait_messages('bob', 1)) == 1


def test_broken_transfer_leaves_nothing(world):
    """The connection goes away in the middle; the message sent from the start arrives once."""
    scene = Scene(world)
    body = b'x' * 200000
    client = scene.bound()
    client.transfer(scene.message('broken', body), segments=3)
    client.transport.close(reset=True)
    client = scene.bound()
    client.transfer(scene.message('broken', body))
    client.release()
    assert len(scene.mta.wait_messages('bob', 1)) == 1


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('name, password, number', [('nobody', 'secret', 51),
                                                    ('client', 'wrong', 48)])
def test_wrong_credentials_are_refused_and_told(world, mode, name, password, number):
    scene = Scene(world)
    with scene.connect(mode) as client, pytest.raises(P1Error, match='refused'):
        client.bind(name, password)
    event = scene.mta.wait_event(number)[0]
    assert scene.client.address in str(event)
    assert 'wrong' not in str(event)  # a password is never shown


def test_stranger_is_refused_with_one_event_9301(world):
    scene = Scene(world)
    with scene.connect(source=STRANGER) as client, pytest.raises(P1Error):
        client.bind(scene.client.name, scene.client.password)
    [event] = scene.mta.wait_event(9301)
    for wanted in (STRANGER, scene.place.address, scene.client.name, 'to client'):
        assert wanted in str(event)


def test_wrong_transport_selector_is_event_4293(world):
    place = Place('london')
    client = Place('client', port=1)
    mta = world.mta(place, site(place, [client], stack={'t-selector': 'RIGHT'})).start()
    with pytest.raises(P1Error, match='no CC: ..80'):  # DR
        P1Client(place.address, place.port, source=client.address, tsel=b'WRONG')
    assert 'WRONG' in str(mta.wait_event(4293)[0])
    ok = P1Client(place.address, place.port, source=client.address, tsel=b'RIGHT')
    ok.bind(client.name, client.password)
    ok.release()


@MALFORMED
def test_faulty_apdu_is_taken_over_kept_and_told(world):
    """Refusing it would make the peer send it for ever."""
    scene = Scene(world)
    good = scene.message('m1')
    client = scene.bound()
    client.transfer(good[:1] + b'\x80' + os.urandom(40))
    client.transfer(good)
    client.release()
    assert scene.mta.wait_event(20034) and scene.mta.wait_event(200)
    scene.mta.wait_messages('bob', 1)


NOISE = {'nothing': b'', 'one octet': b'\x03', 'TPKT shorter than its header': b'\x03\x00\x00\x03',
         'TPKT cut off': b'\x03\x00\xff\xff\xff', 'HTTP': b'GET / HTTP/1.0\r\n\r\n',
         'ones': b'\xff' * 2000, 'zeros': b'\0' * 2000,
         'DT before CR': b'\x03\x00\x00\x07\x02\xf0\x80', 'empty TPDU': b'\x03\x00\x00\x05\x00'}


@MALFORMED
@pytest.mark.parametrize('octets', NOISE.values(), ids=NOISE)
def test_noise_does_no_harm(world, octets):
    scene = Scene(world)
    with socket.create_connection((scene.place.address, scene.place.port), 10,
                                  (scene.client.address, 0)) as s:
        s.sendall(octets)
        s.shutdown(socket.SHUT_WR)
        s.settimeout(10)
        while True:
            try:
                if not s.recv(4096):
                    break
            except ConnectionResetError:
                break
    client = scene.bound()
    client.transfer(scene.message('after the noise'))
    client.release()
    scene.mta.wait_messages('bob', 1)
