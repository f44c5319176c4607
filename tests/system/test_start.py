# SPDX-License-Identifier: Apache-2.0
"""A start that fails says in one line what is in the way, by file and process, and its exit status
tells a configuration that is wrong (78) from a machine that is not ready (1)."""
import json
import os
import pathlib
import subprocess

import pytest

from harness.mta import X400D
from harness.p1client import P1Client
from harness.site import Place, site

FAILED, CONFIG = 1, 78


def start(config, *options):
    done = subprocess.run([X400D, '-c', config, *options], capture_output=True, text=True,
                          timeout=30, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stderr


def changed(world, **attributes):
    """The node file of an MTA that does not run, with some attributes changed."""
    place = Place('london')
    mta = world.mta(place, site(place))
    node = json.loads(mta.config.read_text())
    mta.config.write_text(json.dumps({**node, **attributes}))
    return mta.config


def test_locked_store_names_its_holder(world):
    london = world.single()
    other = changed(world)
    node = json.loads(other.read_text())
    other.write_text(json.dumps({**node, 'store': str(london.store), 'socket': '/nowhere/socket'}))
    status, said = start(other)
    assert status == FAILED
    assert f'cannot start: {london.store} is in use by london, process {london.process.pid}' in said
    assert london.answers()


def test_socket_in_use_is_named(world, tmp_path):
    london = world.single()
    node = json.loads(london.config.read_text())
    other = tmp_path / 'other.yaml'
    other.write_text(json.dumps({**node, 'store': str(tmp_path / 'other')}))
    status, said = start(other)
    assert status == FAILED
    assert f'cannot start: {london.socket}: another process answers there' in said


@pytest.mark.parametrize('attribute', ['store', 'socket'])
def test_path_that_leads_nowhere(world, tmp_path, attribute):
    path = str(tmp_path / 'no' / 'such' / 'place')
    status, said = start(changed(world, **{attribute: path}))
    assert status == CONFIG
    assert f'cannot start: {path}: No such file or directory' in said


def test_store_that_is_a_file(world, tmp_path):
    path = tmp_path / 'file'
    path.write_text('not a directory')
    status, said = start(changed(world, store=str(path)))
    assert status == CONFIG
    assert f'{path}/lock: Not a directory' in said


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_store_that_is_not_ours(world, tmp_path):
    path = pathlib.Path(tmp_path / 'closed')
    path.mkdir(mode=0o500)
    status, said = start(changed(world, store=str(path)))
    assert status == CONFIG
    assert f'{path}/lock: Permission denied' in said


@pytest.mark.parametrize('options', [(), ('-t',)])
def test_accounts_that_are_not_there(world, options):
    config = changed(world, **{'socket-group': 'no-such-group', 'user': 'no-such-user'})
    status, said = start(config, *options)
    assert status == CONFIG
    assert said == (f'{config}: socket-group: this machine has no group no-such-group\n'
                    f'{config}: user: this machine has no user no-such-user\n')


NO_SERVER = '/o=Test/ou=london/cn=Configuration/cn=Servers/cn=none'
STACK = '/o=Test/ou=london/cn=Configuration/cn=Servers/cn=london/cn=TCP'


@pytest.mark.parametrize('server, wanted', [
    (NO_SERVER, f'{NO_SERVER}: no such object'),
    (STACK, f'{STACK} is a stack'),
])
@pytest.mark.parametrize('options', [(), ('-t',)])
def test_server_that_is_not_there(world, options, server, wanted):
    status, said = start(changed(world, server=server), *options)
    assert status == CONFIG
    assert f'{wanted}, the node file names it as its server' in said


def test_several_servers(world):
    config = changed(world)
    node = json.loads(config.read_text())
    seed = pathlib.Path(node['seed'])
    document = json.loads(seed.read_text())
    document['objects'][NO_SERVER] = {'mta-name': 'second'}
    seed.write_text(json.dumps(document))
    for options in ((), ('-t',)):
        status, said = start(config, *options)
        assert status == CONFIG
        assert 'the directory has several servers: the node file must name its own' in said


def test_failure_is_told_to_the_log_and_once(world, tmp_path):
    """A log that is no terminal has it too, and nothing says that what did not start has ended."""
    config = changed(world, socket=str(tmp_path / 'no' / 'such' / 'place'))
    node = json.loads(config.read_text())
    _, said = start(config)
    assert said.count('cannot start: ') == 1
    assert ' error 20059 ' in said
    log = tmp_path / 'alone.jsonl'
    config.write_text(json.dumps({**node, 'log': [{'to': str(log), 'level': 'info'}]}))
    _, said = start(config)
    assert said == f'x400d: cannot start: {node["socket"]}: No such file or directory\n'
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [e['fields']['detail'] for e in events if e['number'] == 20059] == \
        [f'{node["socket"]}: No such file or directory']
    assert not [e for e in events if e['number'] == 9299]


def test_fault_of_the_site_file_is_why(world):
    config = changed(world)
    node = json.loads(config.read_text())
    pathlib.Path(node['seed']).write_text('objects:\n  /o=Test: {colour: red}\n')
    status, said = start(config)
    assert status == CONFIG
    assert f'cannot start: {node["seed"]}:2: /o=Test: colour: no such attribute' in said


def test_log_that_leads_nowhere(world):
    status, said = start(changed(world, log=[{'to': '/no/such/place/log', 'level': 'info'}]))
    assert status == CONFIG
    assert said == 'x400d: cannot start: log /no/such/place/log: No such file or directory\n'


def test_empty_directory_without_seed(world):
    config = changed(world)
    node = json.loads(config.read_text())
    del node['seed']
    config.write_text(json.dumps(node))
    status, said = start(config)
    assert status == CONFIG
    assert f'cannot start: {config}: the directory is empty and no seed is named' in said


def test_unreadable_directory_is_not_taken_for_an_empty_one(world):
    """The seed is for a store that has no directory, not for one whose directory is damaged."""
    place = Place('london')
    mta = world.mta(place, site(place)).start()
    mta.ctl('set', place.server, 'queue-alarm=4711')
    mta.stop()
    database = mta.store / 'store.db'
    whole = database.read_bytes()
    assert whole.count(b'4711') == 1
    page = whole.index(b'4711') // 8192 * 8192
    database.write_bytes(whole[:page] + b'\xff' * 8192 + whole[page + 8192:])
    status, said = start(mta.config)
    assert status == FAILED
    assert 'cannot start: the directory in the store cannot be used' in said
    assert len(mta.events(20002)) == 1  # seeded once, at the first start
    database.write_bytes(whole)
    mta.start()
    assert mta.ctl('show', place.server)['queue-alarm'] == 4711


def test_open_socket_is_told(world):
    london = world.single()
    [event] = london.wait_event(20060)
    assert event['fields']['socket'] == str(london.socket)


def test_port_that_the_system_picks(world):
    """It is told by event and status, and a change of something else leaves it as it is."""
    place = Place('london')
    london = world.mta(place, site(place, stack={'port': 0})).start()
    [listener] = london.ctl('status')['listeners']
    port = london.listening_port()
    assert listener['local'] == f'{place.address}:{port}' and port > 0
    [event] = london.wait_event(20010)
    assert event['fields']['local'] == listener['local']
    client = Place('client', port=1)
    london.write_site(site(place, [client], stack={'port': 0}))
    london.ctl('apply', london.seed)
    assert london.ctl('status')['listeners'] == [listener]
    with P1Client(place.address, port, source=client.address) as caller:
        caller.bind(client.name, client.password)
        caller.release()


def test_readable_passwords_are_told(world):
    """-t warns when others can read the site file and there are passwords in it."""
    place, other = Place('london'), Place('paris')
    mta = world.mta(place, site(place, [other]))
    said = []
    for mode in (0o644, 0o640):
        mta.seed.chmod(mode)
        done = subprocess.run([X400D, '-c', mta.config, '-t'], capture_output=True, text=True,
                              timeout=30, check=False)
        assert done.returncode == 0
        said.append('there are passwords in it' in done.stdout)
    assert said == [True, False]
    mta.write_site({'objects': {**site(place)['objects'], place.server: {'mta-name': 'london'}}})
    mta.seed.chmod(0o644)
    done = subprocess.run([X400D, '-c', mta.config, '-t'], capture_output=True, text=True,
                          timeout=30, check=True)
    assert 'there are passwords in it' not in done.stdout
