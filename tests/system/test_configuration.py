# SPDX-License-Identifier: Apache-2.0
"""Faults in configurations are told with file, line, object, attribute and what is allowed; a
faulty change changes nothing; a good one works at once."""
import json
import subprocess
import time

import pytest

from harness.mta import X400D, CtlError, wait_for
from harness.site import Place, site


def check(config):
    """x400d -t: (exit status, what it says)."""
    done = subprocess.run([X400D, '-c', config, '-t'], capture_output=True, text=True, timeout=20,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout + done.stderr


def test_good_node_file_is_approved(world):
    place = Place('london')
    assert check(world.mta(place, site(place)).config)[0] == 0


@pytest.mark.parametrize('text, wanted', [
    ('store: relative/path\n', ['node.yaml:1', 'store', 'absolute']),
    ('store: /tmp/x\nsokcet: /tmp/y\n', ['node.yaml:2', 'sokcet', 'socket']),
    ('store: /tmp/x\nsocket-mode: 0999\n', ['node.yaml:2', 'socket-mode']),
    ('log:\n  - {to: stderr, level: loud}\n', ['node.yaml:2', 'log', 'warning']),
    ('store: [\n', ['node.yaml:']),
    ('store: /tmp/x\nstore: /tmp/y\n', ['node.yaml:2', 'store']),
])
def test_faulty_node_file(tmp_path, text, wanted):
    config = tmp_path / 'node.yaml'
    config.write_text(text)
    status, said = check(config)
    assert status != 0
    for part in wanted:
        assert part in said, said


def test_missing_node_file(tmp_path):
    status, said = check(tmp_path / 'absent.yaml')
    assert status != 0
    assert 'absent.yaml' in said


def faulty(document, where, attribute, value):
    changed = json.loads(json.dumps(document))
    changed['objects'][where][attribute] = value
    return changed


@pytest.mark.parametrize('attribute, value, wanted', [
    ('remote-port', 70000, '65535'),
    ('remote-port', 'many', 'remote-port'),
    ('conformance', '1992', '1988-normal'),
    ('remote-hosts', ['10.0.0.0/33'], '10.0.0.0/33'),
    ('remote-hosts', ['no host'], 'no host'),
    ('address-spaces', [{'space': 'C=FR', 'cost': 0}], '100'),
    ('address-spaces', [{'space': 'Z9=FR', 'cost': 1}], 'Z9'),
    ('outgoing-t-selector', '0x123', '0x123'),
    ('stack', '/o=Test/ou=nowhere', '/o=Test/ou=nowhere'),
    ('checkpiont-size', 5, 'checkpoint-size'),
])
def test_faulty_apply_says_what_is_allowed_and_changes_nothing(world, attribute, value, wanted):
    london, paris = world.pair()
    before = london.ctl('export')
    where = london.place.connector(paris.place)
    london.write_site(faulty(site(london.place, [paris.place]), where, attribute, value))
    status, out, err = london.run('apply', london.seed)
    said = out + err
    assert status != 0
    assert wanted in said, said
    assert attribute in said and 'site.yaml:' in said and 'to paris' in said, said
    assert london.ctl('export') == before


def test_apply_twice_is_no_change(world):
    london, _ = world.pair()
    assert london.ctl('apply', london.seed)['changes'] == []


def test_dry_run_shows_and_leaves(world):
    london, paris = world.pair()
    where = london.place.connector(paris.place)
    london.write_site(site(london.place, [paris.place], **{'window-size': 7}))
    [change] = london.ctl('apply', '--dry-run', london.seed)['changes']
    assert change['object'] == where
    assert change['attributes']['window-size']['to'] == 7
    assert london.ctl('show', where).get('window-size') != 7


def test_changes_take_effect_at_once(world):
    """A new password, a new connector, a mailbox: no restart, and transfers go on meanwhile."""
    london, paris = world.pair()
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'before')
    paris.wait_messages('bob', 1)
    rome = world.mta(Place('rome', country='IT'), {'objects': {}})
    rome.write_site(site(rome.place, [london.place]))
    rome.start()
    london.write_site(site(london.place, [paris.place, rome.place], users=['ann', 'bob', 'new']))
    london.ctl('apply', london.seed)
    london.send(london.place.user('ann'), [rome.place.user('bob')], 'to the new neighbour')
    rome.wait_messages('bob', 1)
    rome.send(rome.place.user('bob'), [london.place.user('new')], 'to the new user')
    london.wait_messages('new', 1)


def test_port_moves_live(world):
    london, paris = world.pair()
    moved = Place('paris', paris.place.address, country='FR')
    paris.ctl('set', paris.place.stack, f'port={moved.port}')
    london.ctl('set', london.place.connector(paris.place), f'remote-port={moved.port}')
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    paris.wait_messages('bob', 1)


def test_disabled_connector_keeps_mail_and_refuses_calls(world):
    london, paris = world.pair()
    paris.ctl('connector', 'disable', paris.place.connector(london.place))
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    paris.wait_event(37)
    assert not paris.messages('bob')
    paris.ctl('connector', 'enable', paris.place.connector(london.place))
    paris.wait_messages('bob', 1)


def test_removing_the_only_way_warns(world):
    london, paris = world.pair(schedule='never')
    london.send(london.place.user('ann'), [paris.place.user('bob')])
    where = london.place.connector(paris.place)
    answer = london.ctl('delete', '--dry-run', where)
    assert answer['warnings']
    assert london.ctl('show', where)
    assert not london.events(20003)
    london.ctl('delete', '--force', where)
    [event] = london.wait_event(20003)
    assert event['fields'] == {'count': 1, 'connector': where}


def test_reconfiguration_under_load(world):
    """Attributes change back and forth while messages flow; each arrives once."""
    london, paris = world.pair()
    where = london.place.connector(paris.place)
    sent = []
    for n in range(30):
        sent.append(london.send(london.place.user('ann'), [paris.place.user('bob')], f'load {n}',
                                'x' * 20000))
        london.ctl('set', where, f'checkpoint-size={n % 5 + 1}', f'window-size={n % 3 + 1}')
        if n % 10 == 9:
            paris.ctl('set', paris.place.connector(london.place), f'max-associations={n % 4 + 1}')
    arrived = paris.wait_messages('bob', len(sent))
    assert sorted(e['mts-id'] for e in arrived) == sorted(sent)


def test_events_of_messages_are_kept_on_demand(world):
    """They are in the log at any time; in the store only when the server says so."""
    def exchange(messages):
        london.send(london.place.user('ann'), [paris.place.user('bob')], 'Bonjour')
        paris.wait_messages('bob', messages)
        london.wait_idle()

    def kept(mta):
        return {event['number'] for event in mta.ctl('events', '--limit', '1000')}

    london, paris = world.pair()
    exchange(1)
    assert london.events(271) and paris.events(20031)
    assert not kept(london) & {271, 20035} and not kept(paris) & {272, 20031}
    for mta in (london, paris):
        mta.ctl('set', mta.place.server, 'keep-message-events=true')
    exchange(2)
    wait_for(lambda: kept(london) >= {271, 20035} and kept(paris) >= {272, 20031},
             'the events of the message in both stores')


def test_unknown_command_and_object(world):
    mta = world.single()
    with pytest.raises(CtlError, match='/o=Test/ou=nowhere'):
        mta.ctl('show', '/o=Test/ou=nowhere')
    status, _, err = mta.run('frobnicate')
    assert status == 2 and 'frobnicate' in err


def test_second_daemon_on_one_store_is_refused(world):
    first = world.single()
    second = world.mta(first.place, {'objects': {}}, 'second', store=first.store)
    second.spawn()
    assert second.process.wait(20) != 0
    assert 'london' in second.log.read_text()
    wait_for(first.answers, 'the first goes on')


def test_selected_times(world):
    """Messages wait while it is not the time, and go as soon as it is."""
    london, paris = world.pair(schedule='daily')
    where = london.place.connector(paris.place)
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'at any time')
    paris.wait_messages('bob', 1)
    later = time.localtime(time.time() + 6 * 3600)
    london.ctl('set', where, f'schedule=daily {later.tm_hour:02}:00-{later.tm_hour:02}:30')
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'later')
    shown = wait_for(lambda: (c := london.ctl('connector', 'show', where))['state'] == 'scheduled'
                     and c, 'the connector waits for its time')
    assert 4 * 3600 < shown['next-open-ms'] / 1000 - time.time() < 8 * 3600
    with pytest.raises(CtlError):
        london.ctl('connector', 'open', where)
    assert len(paris.messages('bob')) == 1
    london.ctl('set', where, 'schedule=mon-fri, sat-sun')
    paris.wait_messages('bob', 2)
