# SPDX-License-Identifier: Apache-2.0
"""tshark reads what the MTAs say to each other, and finds nothing to complain about."""
import subprocess

import pytest

from harness import capture
from harness.mta import BUILD
from harness.p1client import MODES, NORMAL, P1Client
from harness.site import Place

SINK = BUILD / 'tests/bench/p1load'


@pytest.fixture(params=MODES)
def traffic(world, request):
    """(mode, capture, MTS identifier): a message, its report, a probe and its report."""
    capture.need()
    london, paris = world.pair(conformance=request.param)
    record = capture.Capture(world.directory / 'traffic.pcap',
                             [london.place.port, paris.place.port])
    ann, bob = london.place.user('ann'), paris.place.user('bob')
    sent = london.send(ann, [bob], 'seen', 'x' * 100000, '--report', 'delivery')
    paris.wait_messages('bob', 1)
    london.wait_reports('ann', 1)
    london.ctl('probe', '--from', ann, '--to', bob, '--report', 'delivery')
    london.wait_reports('ann', 2)
    for mta in (london, paris):
        mta.wait_idle()
        mta.stop()
    return request.param, record.stop(), sent


def check_fields(record, sent):
    """A message with that identifier, reports and a probe."""
    local = {row[0] for row in record.fields('p1.message_element', 'p1.local_identifier')}
    assert any(part in sent for row in local for part in row.split(',')), local
    assert record.fields('p1.report_element', 'frame.number')
    assert record.fields('p1.probe_element', 'frame.number')


def test_nothing_is_malformed(traffic):
    _, record, _ = traffic
    assert record.fields('tcp', 'frame.number')
    assert record.faults() == []


def test_binds_name_both_sides(traffic):
    _, record, _ = traffic
    for field in ('p1.authenticated.initiator-name', 'p1.authenticated.responder-name'):
        assert {row[0] for row in record.fields(field, field)} == {'london', 'paris'}


def test_apdus_have_the_expected_fields(traffic, world):
    """tshark follows transfers in normal mode only; what the X.410 modes carried is carried once
    more inside a normal-mode association, and dissected there."""
    mode, record, sent = traffic
    if mode != NORMAL:
        record = carry_again(world, list(record.x410_apdus()))
        assert record.faults() == []
    check_fields(record, sent)


def carry_again(world, apdus):
    """A capture of these APDUs in normal mode."""
    assert len(apdus) == 4, 'a message, a probe and two reports'
    place = Place('sink')
    record = capture.Capture(world.directory / 'again.pcap', [place.port])
    with subprocess.Popen([SINK, '-a', place.address, '-p', str(place.port), '-n', 'sink', '-m',
                           str(len(apdus)), 'sink'], stdout=subprocess.PIPE) as sink:
        assert sink.stdout.readline() == b'listening\n'
        client = P1Client(place.address, place.port)
        client.bind('again', '')
        for apdu in apdus:
            client.transfer(apdu)
        client.release()
    return record.stop()
