# SPDX-License-Identifier: Apache-2.0
"""Our decoder of MTS-APDUs against asn1ct and tshark: legal APDUs made from the tables, the same ones
damaged, and those of other people's systems. X400D_DIFFERENTIAL=N makes N rounds instead of one.
docs/internals/differential.md explains the rules."""
import json
import os
import pathlib
import random
import re
import shutil

import pytest

from differential import compare, mutate, tshark
from harness.mta import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
DECODER = BUILD / 'tests/differential/decode_apdus'
GENERATOR = BUILD / 'tests/differential/generate_apdus'
ROUNDS = int(os.environ.get('X400D_DIFFERENTIAL', '1'))
GENERATED, DAMAGED = 600, 2000  # of a round
SMALL = 3000                    # octets of an APDU that is damaged


def apdus(seed, step=1):
    """[(origin, octets)] of a round: legal ones, every other of which is plain, and damaged ones."""
    chance = random.Random(seed)
    legal = [bytes.fromhex(line) for line in compare.run(GENERATOR, str(seed), str(GENERATED))][::step]
    small = [octets for octets in legal if len(octets) < SMALL]
    assert len(legal) == GENERATED // step and len(small) > len(legal) / 4
    return ([('generated', octets) for octets in legal]
            + [mutate.mutate(chance, chance.choice(small)) for _ in range(DAMAGED)])


def assert_explained(verdict, cases):
    summary = f'{len(verdict.unexplained)} of {cases} APDUs; rules used: {verdict.used}'
    assert not verdict.unexplained, '\n'.join([summary, *verdict.unexplained[:10]])


def test_asn1ct_reads_the_same(oracle):
    verdict = compare.Verdict()
    for seed in range(1, ROUNDS + 1):
        origins = apdus(seed)
        answers = list(compare.cases(DECODER, oracle, origins))
        legal = [case for case in answers if case.origin == 'generated']
        assert all('ok' in case.ours for case in legal), 'we take whatever is legal'
        assert all('ok' in case.theirs or 'no-segments' in case.notes() for case in legal)
        for case in answers:
            verdict.check(case)
        assert_explained(verdict, len(origins))
    if ROUNDS >= 20:
        assert not compare.rule_names() - verdict.used.keys(), 'every rule is needed'


def test_asn1ct_reads_the_corpus_alike(oracle):
    """What other people's systems sent, and what fuzzing found."""
    corpus = sorted((ROOT / 'tests/fuzz/corpus/p1_message').iterdir())
    origins = [(path.name, path.read_bytes()) for path in corpus]
    verdict = compare.Verdict()
    for case in compare.cases(DECODER, oracle, origins):
        foreign = case.origin.startswith(('isode-', 'pp-', 'p772-'))
        assert not foreign or ('ok' in case.ours and 'ok' in case.theirs), case.origin
        verdict.check(case)
    assert_explained(verdict, len(origins))


def test_tshark_reads_the_same(tmp_path):
    if not shutil.which('tshark'):
        pytest.skip('the second opinion needs tshark')
    verdict = compare.Verdict()
    for seed in range(1, ROUNDS + 1):
        origins = [origin for origin in apdus(seed, 2) if len(origin[1]) < tshark.Recorder.room - 100]
        answers = tshark.dissect(tmp_path / 'apdus.pcap', [octets for _, octets in origins])
        for case, answer in zip(compare.cases(DECODER, None, origins), answers):
            tshark.judge(verdict, case, answer)
        assert_explained(verdict, len(origins))
    assert verdict.agreed > GENERATED / 8, 'some had no remarks and were compared field by field'


# Where our tables are meant to differ from the module, with the corrections of asn1ct.py; the page on
# differential tests says why.
TABLES_DIFFER = {
    ('Message.content', 'presence', 'optional', 'mandatory'),
    ('PersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('TeletexPersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('UniversalPersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('EncodedInformationTypes.g3-facsimile', 'presence', 'optional', 'default'),
    ('EncodedInformationTypes.teletex', 'presence', 'optional', 'default'),
    ('ReportTransferContent.additional-information', 'member', False, True),
    ('ContentType.relative', 'member', False, True),
}


def test_the_tables_are_those_of_the_module(oracle):
    """Members, their order, tags and presence; bounds; named values."""
    ours = [json.loads(line) for line in compare.run(BUILD / 'tests/differential/print_tables')]
    modules = [oracle.scratch / f'{name}.asn1db' for name in ('MTAAbstractService', 'MTSAbstractService')]
    theirs = [json.loads(line) for line in
              compare.run('escript', ROOT / 'tests/differential/tables.erl', *modules)]
    known = {row['type'] for row in theirs}
    assert sum(row['type'] in known for row in ours) > 100
    assert set(compare.table_differences(ours, theirs)) == TABLES_DIFFER


def test_a_difference_of_tables_is_told():
    """Each property once: what is in one row is wrong in the other."""
    mine = {'type': 'T', 'bounds': [0, 1], 'names': {'a': 1}, 'members': [
        {'name': 'x', 'tag': 'CONTEXT 0', 'presence': 'optional'},
        {'name': 'y', 'tag': None, 'presence': 'default', 'bounds': [1, 2]}]}
    other = {'type': 'T', 'bounds': [0, 2], 'names': {'a': 2}, 'members': [
        {'name': 'y', 'tag': 'CONTEXT 1', 'presence': 'mandatory', 'bounds': [1, 3]},
        {'name': 'x', 'tag': 'CONTEXT 2', 'presence': 'optional'},
        {'name': 'z', 'tag': None, 'presence': 'optional'}]}
    found = [(where, what) for where, what, _, _ in compare.table_differences([mine], [other])]
    assert found == [('T', 'bounds'), ('T', 'names'), ('T.z', 'member'), ('T', 'order'),
                     ('T.y', 'presence'), ('T.y', 'bounds'), ('T.x', 'tag')]
    assert not list(compare.table_differences([mine], [mine]))


def test_a_difference_without_a_rule_is_told():
    ours = {'ok': {'probe': {'content-length': 1}}, 'whole': 'same', 'notes': []}
    verdict = compare.Verdict()
    for theirs in ({'ok': {'probe': {'content-length': 2}}}, {'error': 'bad_range'},
                   {'ok': {'probe': {'content-length': 1}}}):
        verdict.check(compare.Case('here', b'\xa2\x00', ours, theirs))
    verdict.check(compare.Case('here', b'\xa2\x00', {'error': 'x', 'whole': 'same', 'notes': []},
                               {'ok': {}}))
    assert verdict.agreed == 1
    assert ['content-length' in text or 'bad_range' in text or ': x\n' in text
            for text in verdict.unexplained] == [True] * 3
    assert all(text.endswith('  a200') for text in verdict.unexplained)


def test_every_rule_is_documented():
    page = (ROOT / 'docs/internals/differential.md').read_text(encoding='utf-8')
    documented = set(re.findall(r'^\| `([\w-]+)` \|', page, re.M))
    assert documented == compare.rule_names() | {name for name, _ in tshark.REMARKS}
