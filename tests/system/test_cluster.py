# SPDX-License-Identifier: Apache-2.0
"""The scene that gave this program its reason: an X.400 connector over TCP/IP, one side a cluster
with a virtual IP address, the other side lists only that address. In network namespaces."""
import pytest

from harness import netns
from harness.mta import wait_for
from harness.site import Place, site

VIP, NODE_A, NODE_B, PEER = '10.99.0.100', '10.99.0.11', '10.99.0.12', '10.99.0.21'
PORT = 102


@pytest.fixture
def network(world):
    """The hosts; what peer hears and says is recorded."""
    netns.need()
    with netns.Network(a=NODE_A, b=NODE_B, peer=PEER) as made:
        if world.record:
            made.record = world.capture('peer', '10.99.0.0/24', NODE_A, interface='eth0',
                                        prefix=made.on('peer'))
        yield made
        if world.record:
            made.record.stop()


class Scene:
    """node-a and node-b are one MTA: one store, one virtual address. peer lists that address."""

    def __init__(self, world, network, stack=None):
        self.network = network
        self.cluster = Place('cluster', address=VIP, port=PORT)
        self.peer_place = Place('peer', address=PEER, port=PORT, country='FR')
        store = world.directory / 'shared-store'
        cluster_site = site(self.cluster, [self.peer_place], stack=stack)
        self.nodes = {host: world.mta(self.cluster, cluster_site, f'node-{host}', store=store,
                                      prefix=network.on(host)) for host in 'ab'}
        self.peer = world.mta(self.peer_place, site(self.peer_place, [self.cluster]), 'peer',
                              prefix=network.on('peer')).start()

    def to_peer(self, node, subject):
        return node.send(self.cluster.user('ann'), [self.peer_place.user('bob')], subject)

    def to_cluster(self, subject):
        return self.peer.send(self.peer_place.user('bob'), [self.cluster.user('ann')], subject)

    def callers(self):
        """Addresses of those who opened associations with peer."""
        return {event['fields']['peer'].rsplit(':', 1)[0] for event in self.peer.events(20020)
                if event['fields'].get('direction') != 'out'}


def test_mail_flows_both_ways_by_the_virtual_address(world, network):
    """peer sees calls from the virtual address only, and knows whose they are."""
    scene = Scene(world, network)
    network.take_address('a', VIP)
    node = scene.nodes['a'].start()
    scene.to_peer(node, 'from the cluster')
    scene.to_cluster('to the cluster')
    scene.peer.wait_messages('bob', 1)
    node.wait_messages('ann', 1)
    assert scene.callers() == {VIP}
    assert not scene.peer.events(9301)


def test_failover_in_the_middle_of_transfers_loses_and_doubles_nothing(world, network):
    """node-a dies without a word; node-b takes address and store and goes on."""
    scene = Scene(world, network)
    network.take_address('a', VIP)
    first, second = scene.nodes['a'].start(), scene.nodes['b']
    out, back = set(), set()
    for n in range(40):
        out.add(scene.to_peer(first, f'out {n}'))
        back.add(scene.to_cluster(f'back {n}'))
    wait_for(lambda: scene.peer.messages('bob'), 'transfers have begun')
    first.kill()
    network.drop_address('a', VIP)
    network.take_address('b', VIP)
    second.start()
    out.add(scene.to_peer(second, 'after the failover'))
    back.add(scene.to_cluster('after the failover'))
    there = scene.peer.wait_messages('bob', len(out), seconds=60)
    here = second.wait_messages('ann', len(back), seconds=60)
    second.wait_idle()
    scene.peer.wait_idle()
    assert sorted(e['mts-id'] for e in there) == sorted(out)
    assert sorted(e['mts-id'] for e in here) == sorted(back)
    assert scene.callers() == {VIP}


def test_second_node_is_kept_from_the_store(world, network):
    """While node-a has the store, node-b ends with an event that names the holder."""
    scene = Scene(world, network, stack={'freebind': True})
    network.take_address('a', VIP)
    scene.nodes['a'].start()
    late = scene.nodes['b']
    late.spawn()
    assert late.process.wait(20) != 0
    assert 'node-a' in late.log.read_text()
    assert scene.nodes['a'].running


def test_standby_listens_before_it_has_the_address(world, network):
    """With freebind a node is ready; when the address arrives, mail flows without a restart."""
    scene = Scene(world, network, stack={'freebind': True})
    node = scene.nodes['b'].start()
    network.take_address('b', VIP)
    scene.to_cluster('welcome')
    node.wait_messages('ann', 1)


def test_stack_without_address_is_refused_and_told_in_one_line(world, network):
    """The old fault, on purpose: calls leave from the node's own address, which peer does not
    know. peer says so once for each call, with everything needed to mend it."""
    scene = Scene(world, network, stack={'local-addresses': []})
    network.take_address('a', VIP)
    node = scene.nodes['a'].start()
    scene.to_peer(node, 'from a stranger')
    event = scene.peer.wait_event(9301)[0]
    line = next(line for line in scene.peer.log.read_text().splitlines() if ' 9301 ' in line)
    for wanted in (NODE_A, PEER, 'cluster', 'to cluster', VIP):
        assert wanted in line, f'{wanted} is not in: {line}'
    assert event['severity'] == 'warning'
    assert not scene.peer.messages('bob')
    [item] = wait_for(node.queue, 'the message waits')
    assert item['mts-id']
