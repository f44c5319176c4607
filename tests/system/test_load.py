# SPDX-License-Identifier: Apache-2.0
"""x400load against an x400d: what it sends and takes, and that it sees what is wrong."""
import json
import pathlib
import socket
import subprocess

import pytest

from harness.mta import X400LOAD, wait_for
from harness.site import Place, site


def command(here, *arguments):
    return [X400LOAD, '--json', '--name', here.name, '--password', here.password, '--from',
            here.address, '--originator', here.user('load'), *map(str, arguments)]


def end(place):
    return f'{place.address}:{place.port}'


def run(here, *arguments):
    """(exit status, the last line's object, stderr)"""
    done = subprocess.run(command(here, *arguments), capture_output=True, text=True, timeout=120,
                          check=False)
    lines = done.stdout.splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else None, done.stderr


@pytest.fixture(name='relay')
def relay_fixture(world):
    """Where x400load sends from, the x400d in the middle, where x400load takes. Both ends have one
    name and are told apart by their addresses: an MTA sends nothing back to where it came from."""
    source, relay, sink = Place('source'), Place('relay', country='FR'), Place('sink')
    changes = {'max-associations': 4, 'threshold': 10, 'remote-mta-name': source.name}
    neighbours = [(source, {}), (sink, {})]
    return source, world.mta(relay, site(relay, neighbours, **changes)).start(), sink


def through(relay, *arguments):
    source, mta, sink = relay
    return run(source, '--to', end(mta.place), '--listen', end(sink), *arguments)


@pytest.mark.parametrize('mode', ['1988-normal', '1988-x410', '1984'])
def test_every_message_arrives_once_and_whole(relay, mode):
    sink = relay[2]
    status, result, _ = through(relay, '-m', 200, '-c', 4, '-s', '20K', '-r', 3, '--mode', mode,
                                '--priority', 'mixed', '--recipient', sink.user('bob#'))
    assert status == 0 and result['ok']
    assert result['sent']['acknowledged'] == 200
    arrived = result['arrived']
    assert arrived['transfers'] == 200 and arrived['recipients'] == 600
    assert (arrived['missing'], arrived['again'], arrived['damaged'], arrived['foreign']) == (0,) * 4
    assert arrived['latency-us']['count'] == 200
    assert 0 < arrived['latency-us']['p50'] <= arrived['latency-us']['p99'] \
        <= arrived['latency-us']['max']


def test_a_large_message(relay):
    sink = relay[2]
    status, result, _ = through(relay, '-s', '20M', '--recipient', sink.user('bob'))
    assert status == 0 and result['arrived']['damaged'] == 0


def to_mailboxes(relay, *arguments):
    """Nothing is relayed: the reports come back to where the messages came from."""
    source, mta, _ = relay
    return run(source, '--to', end(mta.place), '--listen', end(source), '--wait', 5, *arguments)


def test_reports_come_back(relay):
    mta = relay[1]
    status, result, _ = to_mailboxes(relay, '-m', 50, '-c', 2, '--reports', 'all', '--recipient',
                                     mta.place.user('bob'))
    assert result['reports'] == {'delivered': 50, 'not-delivered': 0, 'missing': 0, 'again': 0}
    assert result['arrived']['missing'] == 50 and status == 1
    assert len(mta.messages('bob')) == 50


def test_non_delivery_reports_are_told_apart(relay):
    _, result, _ = to_mailboxes(relay, '-m', 5, '--reports', 'non-delivery', '--recipient',
                                relay[1].place.user('nobody'))
    assert result['reports']['not-delivered'] == 5 and result['reports']['delivered'] == 0


def test_a_rate_is_kept_to(relay):
    sink = relay[2]
    status, result, _ = through(relay, '-m', 60, '-c', 3, '--rate', 60, '--recipient',
                                sink.user('bob'))
    assert status == 0
    assert result['sent']['seconds'] > 0.9  # the 60th is due after 59/60 s, however fast they go


def test_a_refusal_is_named(relay):
    _, mta, sink = relay
    stranger = Place('stranger')
    status, result, _ = run(stranger, '--to', end(mta.place), '--recipient', sink.user('bob'))
    assert status == 1 and not result['ok']
    assert 'failure' in result and result['sent']['acknowledged'] == 0


def test_nobody_listens(relay):
    source = relay[0]
    status, result, _ = run(source, '--to', end(Place('gone')), '--recipient', source.user('bob'))
    assert status == 1 and 'connection refused' in result['failure']


def test_lost_associations_are_opened_anew(relay):
    source, mta, sink = relay
    load = subprocess.Popen(command(source, '--to', end(mta.place), '--listen', end(sink), '-m', 400,
                                    '-c', 3, '--rate', 100, '--recipient', sink.user('bob')),
                            stdout=subprocess.PIPE, text=True)
    incoming = mta.place.connector(source)
    wait_for(lambda: mta.ctl('connector', 'show', incoming)['received'] >= 20, 'twenty messages')
    mta.restart()
    out, _ = load.communicate(timeout=120)
    result = json.loads(out.splitlines()[-1])
    assert load.returncode == 0, result
    assert result['sent']['lost'] >= 3 and result['sent']['acknowledged'] == 400
    assert result['arrived']['missing'] == 0


def test_a_second_sender_is_told_apart_by_one_receiver(relay):
    source, mta, sink = relay
    taker = subprocess.Popen(command(source, '--listen', end(sink), '-m', 40),
                             stdout=subprocess.PIPE, text=True)
    assert 'listening' in json.loads(taker.stdout.readline())
    for _ in range(2):
        status, _, _ = run(source, '--to', end(mta.place), '-m', 20, '--recipient',
                           sink.user('bob'))
        assert status == 0
    out, _ = taker.communicate(timeout=60)
    result = json.loads(out)
    assert taker.returncode == 0 and result['arrived']['transfers'] == 40


def test_other_peoples_messages_are_foreign(relay):
    source, mta, sink = relay
    taker = subprocess.Popen(command(source, '--listen', end(sink), '-m', 0), stdout=subprocess.PIPE,
                             text=True)
    assert 'listening' in json.loads(taker.stdout.readline())
    mta.send(mta.place.user('bob'), [sink.user('bob')])
    mta.wait_idle()
    taker.terminate()
    out, _ = taker.communicate(timeout=60)
    assert json.loads(out)['arrived']['foreign'] == 1


@pytest.fixture(name='backlog')
def backlog_fixture(relay):
    """A hundred messages wait for a sink that is not there: more than enough for all associations."""
    source, mta, sink = relay
    mta.ctl('set', mta.place.connector(sink), 'threshold=1', 'open-interval=1')
    status, _, _ = run(source, '--to', end(mta.place), '-m', 100, '-s', '100K', '--recipient',
                       sink.user('bob'))
    assert status == 0
    return source, mta, sink


def test_a_peer_that_is_down_costs_one_attempt(backlog):
    _, mta, sink = backlog
    mta.ctl('set', mta.place.connector(sink), 'open-interval=3600')
    before = len(mta.events(289))
    mta.restart()
    mta.wait_event(289, before + 1)
    shown = mta.ctl('connector', 'show', mta.place.connector(sink))
    assert shown['ready'] == 100 and not mta.ctl('associations')
    assert shown['open-attempts'] == 1


def test_all_associations_are_opened_when_the_first_is(backlog):
    source, mta, sink = backlog
    taker = subprocess.Popen(command(source, '--listen', end(sink), '-m', 0),
                             stdout=subprocess.PIPE, text=True)
    to_sink = mta.place.connector(sink)
    wait_for(lambda: mta.ctl('connector', 'show', to_sink)['associations'] == 4, 'four are open')
    mta.wait_idle()
    taker.terminate()
    out, _ = taker.communicate(timeout=60)
    assert json.loads(out.splitlines()[-1])['arrived']['transfers'] == 100


def test_idle_associations_are_held(relay):
    source, mta, _ = relay
    load = subprocess.Popen(command(source, '--to', end(mta.place), '-m', 0, '-c', 3, '--hold',
                                    3600),
                            stdout=subprocess.PIPE, text=True)
    assert json.loads(load.stdout.readline()) == {'opened': 3}
    assert json.loads(load.stdout.readline()) == {'holding': 3}
    wait_for(lambda: len(mta.ctl('associations')) == 3, 'three associations')
    load.terminate()
    load.communicate(timeout=60)


def resident_mib(mta):
    status = pathlib.Path(f'/proc/{mta.process.pid}/status').read_text()
    return int(status.split('VmRSS:')[1].split()[0]) / 1024


def test_idle_associations_give_back_what_large_messages_needed(world):
    source, relay, sink = Place('source'), Place('relay', country='FR'), Place('sink')
    changes = {'max-associations': 60, 'threshold': 1, 'remote-mta-name': source.name}
    mta = world.mta(relay, site(relay, [source, sink], **changes)).start()
    before = resident_mib(mta)
    load = subprocess.Popen(
        command(source, '--to', end(relay), '--listen', end(sink), '-m', 120, '-c', 60, '-s', '1M',
                '--hold', 3600, '--recipient', sink.user('bob')), stdout=subprocess.PIPE, text=True)
    while 'holding' not in json.loads(load.stdout.readline()):
        pass
    mta.wait_idle()
    wait_for(lambda: resident_mib(mta) - before < 12, 'memory goes back')
    assert len(mta.ctl('associations')) >= 60
    load.terminate()
    load.communicate(timeout=60)


@pytest.mark.parametrize('arguments', [
    [], ['--to', 'nowhere'], ['--to', '127.0.0.1:99999'], ['--listen', '127.0.0.1:0', '-m', 'x'],
    ['--listen', '127.0.0.1:0', '-s', '1X'], ['--listen', '127.0.0.1:0', '--rate', '0'],
    ['--listen', '127.0.0.1:0', '--mode', '1992'], ['--to', '127.0.0.1:102'],
    ['--listen', '127.0.0.1:0', 'word'], ['--listen', '127.0.0.1:0', '--nonsense'],
    ['--listen', '127.0.0.1:0', '-m', '1000000000', '-r', '10']])
def test_wrong_usage(arguments):
    done = subprocess.run([X400LOAD, *arguments], capture_output=True, text=True, timeout=10,
                          check=False)
    assert done.returncode == 2 and '--help' in done.stderr and not done.stdout


def test_an_address_that_is_none():
    """The message names the address, as there are two of them."""
    done = subprocess.run([X400LOAD, '--to', '127.0.0.1:102', '--recipient', 'bob'],
                          capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1 and "in the address 'bob'" in done.stderr


def test_an_address_in_use():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([X400LOAD, '--listen', f'127.0.0.1:{port}'], capture_output=True,
                              text=True, timeout=10, check=False)
    assert done.returncode == 1 and str(port) in done.stderr


def test_help_and_version():
    for option, word in (('--help', 'usage'), ('--version', 'x400load ')):
        done = subprocess.run([X400LOAD, option], capture_output=True, text=True, timeout=10,
                              check=False)
        assert done.returncode == 0 and word in done.stdout
