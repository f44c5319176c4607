# SPDX-License-Identifier: Apache-2.0
"""Accepted is accepted: MTAs are killed at random points and nothing is lost or doubled."""
import random
import time

import pytest

from harness.mta import CtlError, wait_for

ROUNDS = 8
BURST = 12
STARTED = 9298  # event number


@pytest.mark.parametrize('victim', ['sender', 'receiver'])
def test_kill_in_a_loop_of_transfers(world, victim):
    london, paris = world.pair()
    target = london if victim == 'sender' else paris
    chance = random.Random(victim)
    sent = set()
    for _ in range(ROUNDS):
        for n in range(BURST):
            # The answer comes when the message is durable: from then on it must arrive.
            sent.add(london.send(london.place.user('ann'), [paris.place.user('bob')], f'burst {n}',
                                 'x' * chance.randrange(1, 100000)))
        time.sleep(chance.random() * 0.3)
        target.kill()
        target.start()
    arrived = paris.wait_messages('bob', len(sent), seconds=90)
    london.wait_idle()
    assert sorted(e['mts-id'] for e in arrived) == sorted(sent)


def test_kill_during_submission_keeps_what_was_answered(world):
    """A submission without an answer may or may not be there; one with an answer must be."""
    [london, paris] = world.pair()
    answered = []
    for n in range(5):
        for _ in range(10):
            answered.append(london.send(london.place.user('ann'), [london.place.user('bob')]))
        london.kill()
        with pytest.raises((CtlError, AssertionError)):
            london.send(london.place.user('ann'), [london.place.user('bob')], f'dead {n}')
        london.start()
    arrived = london.wait_messages('bob', len(answered))
    assert sorted(e['mts-id'] for e in arrived) == sorted(answered)


def test_restart_keeps_mailboxes_queue_and_events(world):
    london, paris = world.pair()
    paris.stop()
    waiting = london.send(london.place.user('ann'), [paris.place.user('bob')])
    kept = london.send(london.place.user('ann'), [london.place.user('bob')])
    london.wait_messages('bob', 1)
    london.restart()
    assert [e['mts-id'] for e in london.messages('bob')] == [kept]
    assert [i['mts-id'] for i in london.queue()] == [waiting]
    wait_for(lambda: [e['number'] for e in london.ctl('events')].count(STARTED) == 2,
             'both starts among the events')
    [submitted] = london.ctl('track', waiting)
    assert submitted['action'] == 'submitted' and 'from' not in submitted['detail']
    paris.start()
    paris.wait_messages('bob', 1)
    wait_for(lambda: not london.queue(), 'the queue is empty')
