# SPDX-License-Identifier: Apache-2.0
"""The resource agent, called as Pacemaker calls it."""
import os
import pathlib
import subprocess
import xml.etree.ElementTree

import pytest

from harness.mta import X400CTL, X400D, wait_for
from harness.site import Place, site

AGENT = pathlib.Path(__file__).parents[2] / 'cluster/ocf/x400d'
SUCCESS, GENERIC, UNIMPLEMENTED, INSTALLED, CONFIGURED, NOT_RUNNING = 0, 1, 3, 5, 6, 7


class Agent:
    def __init__(self, mta):
        self.mta = mta
        self.pidfile = mta.directory / 'x400d.pid'
        self.env = {
            'PATH': os.environ['PATH'], 'OCF_ROOT': '/nonexistent', 'OCF_RESKEY_config': mta.config,
            'OCF_RESKEY_binary': X400D, 'OCF_RESKEY_ctl': X400CTL,
            'OCF_RESKEY_socket': mta.socket, 'OCF_RESKEY_pidfile': self.pidfile,
            'OCF_RESKEY_log': mta.log, 'OCF_RESKEY_CRM_meta_timeout': '20000'}

    def __call__(self, action, **changes):
        env = {key: str(value) for key, value in {**self.env, **changes}.items()}
        done = subprocess.run(['sh', AGENT, action], env=env, capture_output=True, text=True,
                              timeout=60, check=False)
        self.said = done.stdout + done.stderr
        return done.returncode

    @property
    def pid(self):
        return int(self.pidfile.read_text())


@pytest.fixture
def agent(world):
    place = Place('london')
    made = Agent(world.mta(place, site(place)))
    yield made
    made('stop')


def test_life(agent):
    assert agent('monitor') == NOT_RUNNING
    assert agent('start') == SUCCESS, agent.said
    assert agent('monitor') == SUCCESS
    assert agent.mta.ctl('status')['mta-name'] == 'london'
    first = agent.pid
    assert agent('start') == SUCCESS  # it runs already
    assert agent.pid == first
    assert agent('stop') == SUCCESS
    assert agent('monitor') == NOT_RUNNING
    assert agent('stop') == SUCCESS  # it is stopped already
    assert not agent.pidfile.exists()


def test_killed_daemon_is_noticed_and_started_again(agent):
    assert agent('start') == SUCCESS, agent.said
    os.kill(agent.pid, 9)
    wait_for(lambda: agent('monitor') == NOT_RUNNING, 'monitor notices')
    assert agent('start') == SUCCESS
    assert agent('monitor') == SUCCESS


def test_silent_daemon_is_a_failure(agent):
    assert agent('start') == SUCCESS, agent.said
    assert agent('monitor', OCF_RESKEY_socket='/nonexistent') == GENERIC
    assert 'does not answer' in agent.said


def test_foreign_process_is_not_taken_for_the_daemon(agent):
    agent.pidfile.write_text(f'{os.getpid()}\n')
    assert agent('monitor') == NOT_RUNNING
    assert agent('stop') == SUCCESS


def test_validation(agent):
    assert agent('validate-all') == SUCCESS, agent.said
    assert agent('validate-all', OCF_RESKEY_binary='/nonexistent') == INSTALLED
    assert agent('validate-all', OCF_RESKEY_config='/nonexistent') == INSTALLED
    agent.mta.config.write_text('store: relative\n')
    assert agent('validate-all') == CONFIGURED
    assert 'store' in agent.said
    assert agent('start') == CONFIGURED


def test_start_that_fails_says_so(agent, world):
    """Another MTA has the store."""
    other = world.mta(agent.mta.place, {'objects': {}}, 'other', store=agent.mta.store)
    other.write_site(site(agent.mta.place))
    other.start()
    assert agent('start') == GENERIC
    assert agent('monitor') == NOT_RUNNING


def test_meta_data(agent):
    assert agent('meta-data') == SUCCESS
    root = xml.etree.ElementTree.fromstring(agent.said.replace('<!DOCTYPE resource-agent SYSTEM '
                                                               '"ra-api-1.dtd">', ''))
    assert root.get('name') == 'x400d'
    assert {action.get('name') for action in root.iter('action')} == {
        'start', 'stop', 'monitor', 'validate-all', 'meta-data'}
    assert {p.get('name') for p in root.iter('parameter')} == {
        'config', 'binary', 'ctl', 'socket', 'pidfile', 'log'}


def test_unknown_action(agent):
    assert agent('promote') == UNIMPLEMENTED
