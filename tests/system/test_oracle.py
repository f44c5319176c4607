# SPDX-License-Identifier: Apache-2.0
"""What the oracle says of APDUs and binds that other people's systems wrote."""
import pathlib

import pytest

from differential.asn1ct import Refused, text

TESTS = pathlib.Path(__file__).resolve().parents[1]
APDUS = sorted(path for system in ('isode', 'pp', 'p772')
               for path in (TESTS / 'fuzz/corpus/p1_message').glob(f'{system}-*'))
FILES = TESTS / 'interop/files'


@pytest.mark.parametrize('path', APDUS, ids=lambda path: path.stem)
def test_foreign_apdus_are_of_the_module(oracle, path):
    [(kind, apdu)] = oracle.decode('MTS-APDU', path.read_bytes()).items()
    assert kind in ('message', 'report', 'probe')
    assert apdu.keys() >= ({'envelope', 'content'} if kind != 'probe' else {'probe-identifier'})


@pytest.mark.parametrize('name', ['pp-84-message', 'pp-84-two-recipients', 'pp-84-report'])
def test_1984_is_a_subset(oracle, name):
    """What a 1984 system writes has the same meaning by the modules of 1999: ENUMERATED was INTEGER
    with a context tag in front, extensions are absent."""
    octets = (TESTS / f'fuzz/corpus/p1_message/{name}.ber').read_bytes()
    [(kind, apdu)] = oracle.decode('MTS-APDU', octets).items()
    envelope = apdu['envelope']
    assert envelope['extensions'] == []
    [first, *_] = envelope['trace-information']
    assert first['domain-supplied-information']['routing-action'] == 'relayed'
    key = 'message-identifier' if kind == 'message' else 'report-identifier'
    domain = envelope[key]['global-domain-identifier']
    assert text(domain['country-name']['iso-3166-alpha2-code']) == 'GB'


@pytest.mark.parametrize('asn1_type, name, role', [('BindArgument', 'bind84.arg', 'initiator'),
                                                   ('BindArgument', 'bind88.arg', 'initiator'),
                                                   ('BindResult', 'bind88.res', 'responder')])
def test_binds(oracle, asn1_type, name, role):
    octets = (FILES / name).read_bytes()
    if octets[0] in (0xb0, 0xb1):  # in normal mode the bind operation is around it
        octets = octets[2:]
    bind = oracle.decode(asn1_type, octets)['authenticated']
    assert text(bind[f'{role}-name']) == f'mta-{"a" if role == "initiator" else "b"}.example'
    assert text(bind[f'{role}-credentials']['simple']['ia5-string']).startswith('secret')


def content_of(oracle, name):
    apdu = oracle.decode('MTS-APDU', (TESTS / f'fuzz/corpus/p1_message/{name}.ber').read_bytes())
    return oracle.decode('P22', bytes.fromhex(apdu['message']['content'][2:]))['ipm']


def test_contents_are_decoded_too(oracle):
    ipm = content_of(oracle, 'pp-88-message')
    assert text(ipm['body'][0]['basic']['ia5-text']['data']) == 'Hello\r\n'
    forwarded = content_of(oracle, 'pp-88-forwarded')['body'][1]['basic']['message']['data']
    assert text(forwarded['heading']['subject']) == 'inner message'


@pytest.mark.parametrize('octets', ['', 'a0', '0500', 'a080', 'a0023000', 'a30430023100', 'ff' * 9])
def test_what_is_no_apdu_is_refused(oracle, octets):
    with pytest.raises(Refused):
        oracle.decode('MTS-APDU', bytes.fromhex(octets))
