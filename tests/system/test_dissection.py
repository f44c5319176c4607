# SPDX-License-Identifier: Apache-2.0
"""tshark and asn1ct read what the MTAs say to each other, and find nothing to complain about."""
import pytest

from differential.asn1ct import text
from harness import capture
from harness.p1client import MODES, NORMAL, X1984



@pytest.fixture(params=MODES)
def traffic(world, request):
    """(mode, capture, MTS identifier): a message, its report, a probe and its report."""
    capture.need()
    london, paris = world.pair(conformance=request.param)
    ann, bob = london.place.user('ann'), paris.place.user('bob')
    sent = london.send(ann, [bob], 'seen', 'x' * 100000, '--report', 'delivery')
    paris.wait_messages('bob', 1)
    london.wait_reports('ann', 1)
    london.ctl('probe', '--from', ann, '--to', bob, '--report', 'delivery')
    london.wait_reports('ann', 2)
    for mta in (london, paris):
        mta.wait_idle()
        mta.stop()
    [record] = world.records
    return request.param, record.stop(), sent


def check_fields(record, sent):
    """A message with that identifier, reports and a probe."""
    local = {row[0] for row in record.fields('p1.message_element', 'p1.local_identifier')}
    assert any(part in sent for row in local for part in row.split(',')), local
    assert record.fields('p1.report_element', 'frame.number')
    assert record.fields('p1.probe_element', 'frame.number')


def test_nothing_is_malformed(traffic):
    mode, record, _ = traffic
    assert record.fields('tcp', 'frame.number')
    assert record.faults() == []
    assert bool(record.lost) == (mode != NORMAL), 'where tshark loses the thread'


def test_binds_name_both_sides(traffic):
    _, record, _ = traffic
    for field in ('p1.authenticated.initiator-name', 'p1.authenticated.responder-name'):
        assert {row[0] for row in record.fields(field, field)} == {'london', 'paris'}


def test_apdus_have_the_expected_fields(traffic, world):
    """tshark follows transfers in normal mode only; what the X.410 modes carried is carried once
    more inside a normal-mode association, and dissected there."""
    mode, record, sent = traffic
    if mode != NORMAL:
        record = world.carry_again(record.apdus())
    check_fields(record, sent)


def surname(name):
    return text(name['built-in-standard-attributes']['personal-name']['surname'])


def test_the_modules_of_the_recommendation_decode_every_apdu(traffic, oracle):
    """An envelope for a 1984 system is one for the modules of 1999 as well: it has no extensions."""
    mode, record, sent = traffic
    values = [oracle.decode('MTS-APDU', apdu) for apdu in record.apdus()]
    assert sorted(kind for value in values for kind in value) == ['message', 'probe', 'report',
                                                                  'report']
    [message] = [value['message'] for value in values if 'message' in value]
    [probe] = [value['probe'] for value in values if 'probe' in value]
    check_message(message['envelope'], sent)
    check_content(oracle.decode('P22', bytes.fromhex(message['content'][2:])))
    check_addresses(probe)
    for envelope in (message['envelope'], probe):
        assert bool(envelope['extensions']) == (mode != X1984), 'internal trace, not in 1984'
    identifiers = [message['envelope']['message-identifier'], probe['probe-identifier']]
    for report in [value['report'] for value in values if 'report' in value]:
        assert report['content']['subject-identifier'] in identifiers
        identifiers.remove(report['content']['subject-identifier'])
        check_report(report)


def check_message(envelope, sent):
    assert text(envelope['message-identifier']['local-identifier']) in sent
    check_addresses(envelope)
    assert envelope['content-type'] == {'built-in': 'interpersonal-messaging-1984'}, 'plain text'
    assert len(envelope['trace-information']) == 1


def check_content(content):
    assert text(content['ipm']['heading']['subject']) == 'seen'
    assert [len(part['basic']['ia5-text']['data']) for part in content['ipm']['body']] == [100000]


def check_addresses(envelope):
    """From ann to bob, who wants a report."""
    assert surname(envelope['originator-name']) == 'ann'
    [bob] = envelope['per-recipient-fields']
    assert surname(bob['recipient-name']) == 'bob'
    assert {'responsibility', 'originator-report'} <= set(bob['per-recipient-indicators'])


def check_report(report):
    assert surname(report['envelope']['report-destination-name']) == 'ann'
    [bob] = report['content']['per-recipient-fields']
    assert surname(bob['actual-recipient-name']) == 'bob'
    assert list(bob['last-trace-information']['report-type']) == ['delivery']
