# SPDX-License-Identifier: Apache-2.0
"""tshark reads what the MTAs say to each other, and finds nothing to complain about."""
import pytest

from harness import capture
from harness.p1client import MODES, NORMAL


@pytest.fixture(params=MODES)
def traffic(world, request):
    """A capture of message, report, probe and refusal between two MTAs, and what was in it."""
    capture.need()
    london, paris = world.pair(conformance=request.param)
    record = capture.Capture(world.directory / 'traffic.pcap',
                             [london.place.port, paris.place.port])
    sent = london.send(london.place.user('ann'), [paris.place.user('bob')], 'seen', 'x' * 100000,
                       '--report', 'delivery')
    paris.wait_messages('bob', 1)
    london.wait_reports('ann', 1)
    london.ctl('probe', '--from', london.place.user('ann'), '--to', paris.place.user('bob'),
               '--report', 'delivery')
    london.wait_reports('ann', 2)
    for mta in (london, paris):
        mta.wait_idle()
        mta.stop()
    record.stop()
    return request.param, record, sent


def test_nothing_is_malformed(traffic):
    _, record, _ = traffic
    assert record.fields('tcp', 'frame.number')
    assert record.faults() == []


def test_fields_are_there(traffic):
    """Binds in every mode; the APDUs' fields in normal mode, the only one tshark follows."""
    mode, record, sent = traffic
    names = {name for row in record.fields('x411.initiator_name', 'x411.initiator_name')
             for name in row[0].split(',')}
    assert names == {'london', 'paris'}
    if mode == NORMAL:
        local = {row[0] for row in record.fields('x411.message', 'x411.local_identifier')}
        assert any(part.split(',')[0] in sent for part in local)
        assert record.fields('x411.report', 'frame.number')
        assert record.fields('x411.probe', 'frame.number')
