# SPDX-License-Identifier: Apache-2.0
"""x400ctl as people use it, on running MTAs."""
import http.client
import json
import os
import pathlib
import pty
import re
import socket
import subprocess

import pytest

from harness.mta import X400CTL, CtlError, wait_for

COMPLETION = pathlib.Path(__file__).parents[2] / 'dist/x400ctl.bash'
MIB = 1024 * 1024
REFUSED, USAGE = 1, 2


def last_text(mta, user):
    """The newest message of a mailbox, as people read it."""
    return mta.ctl('mailbox', 'read', user, 'last')['text']


@pytest.fixture
def pair(world):
    """London and Paris, and a message from Ann to Bob that has arrived."""
    london, paris = world.pair()
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'One', 'the first\r\n')
    paris.wait_messages('bob', 1)
    return london, paris


def test_answer_and_forward_a_stored_message(pair):
    """Body parts in order; identifiers as "mailbox read" shows them."""
    london, paris = pair
    ann, bob = london.place.user('ann'), paris.place.user('bob')
    first = re.search(r'^Message: +(.*)$', last_text(paris, 'bob'), re.M)[1]
    paris.send(bob, [ann], 'Two', 'see below\r\n', '--forward-entry', 'bob:last',
               '--in-reply-to', first, '--related', first, '--related', 'Y2', '--obsoletes', 'X1')
    london.wait_messages('ann', 1)
    text = last_text(london, 'ann')
    assert f'In reply to:  {first}\n' in text
    assert f'Related to:   {first}\n' in text and 'Related to:   Y2\n' in text
    assert 'Obsoletes:    X1\n' in text
    assert re.search(r'\[1\] ia5-text\s+see below\s+\[2\] message.*the first', text, re.S)


def test_units_are_those_of_numbers(pair):
    """A selector is no number of octets, though its length is given in octets."""
    london, paris = pair
    london.ctl('set', london.place.connector(paris.place), 'outgoing-t-selector=PARIS')
    paris.ctl('set', paris.place.stack, 't-selector=PARIS')
    _, shown, _ = london.run('show', london.place.connector(paris.place))
    assert re.search(r'^outgoing-t-selector +PARIS +- +here$', shown, re.M)
    assert re.search(r'^checkpoint-size +30 +KiB +default$', shown, re.M)


def test_forward_a_file_and_a_bilateral_part(pair, tmp_path):
    london, paris = pair
    ann, content, octets = london.place.user('ann'), tmp_path / 'content', tmp_path / 'octets'
    octets.write_bytes(bytes(range(256)))
    assert paris.run('mailbox', 'export', 'bob', 'first', '--output', content)[0] == 0
    london.ctl('send', '--from', ann, '--to', ann, '--bilateral', octets, '--forward', content,
               '--importance', 'high', '--sensitivity', 'private')
    london.wait_messages('ann', 1)
    text = last_text(london, 'ann')
    assert re.search(r'\[1\] bilaterally-defined, 256 octets\s+\[2\] message.*the first', text, re.S)
    assert re.search(r'Importance: +high\nSensitivity: +private\n', text)
    _, part, _ = london.run('mailbox', 'export', 'ann', 'last', '--part', 1, binary=True)
    assert part == octets.read_bytes()
    _, part, _ = london.run('mailbox', 'export', 'ann', 'last', '--part', 2, binary=True)
    assert part == content.read_bytes()


def test_what_cannot_be_forwarded_is_told(pair, tmp_path):
    london, paris = pair
    ann, bob = london.place.user('ann'), paris.place.user('bob')
    (tmp_path / 'text').write_text('hello')
    london.send(ann, [paris.place.user('nobody')])
    london.wait_reports('ann', 1)
    for arguments, status, said in (
            (('--forward', tmp_path / 'text'), USAGE, 'not the content of an interpersonal message'),
            (('--forward-entry', 'ann'), USAGE, "'ann' is not MAILBOX:ENTRY"),
            (('--forward-entry', 'ann:last'), REFUSED, 'that is a report, not a message'),
            (('--forward-entry', 'eve:last'), REFUSED, 'there is no mailbox eve; there is ann, bob'),
            (('--text-file', '/bin/true'), USAGE, 'not UTF-8 text; --attach takes any file'),
            (('--in-reply-to', 'a_b'), USAGE, "--in-reply-to: 'a_b' is not an identifier"),
            (('--in-reply-to', 'a of b'), USAGE, "--in-reply-to: 'b' is not an O/R address")):
        code, _, err = london.run('send', '--from', ann, '--to', bob, *arguments)
        assert code == status and said in err, arguments


def test_what_would_be_left_behind_is_deleted_with_force_only(pair):
    london, paris = pair
    code, _, err = paris.run('delete', 'bob')
    assert code == REFUSED
    assert '1 entries can be read no more' in err and 'nothing was changed; --force' in err
    assert paris.messages('bob')
    paris.ctl('delete', 'bob', '--force')
    with pytest.raises(CtlError, match='there is no mailbox bob'):
        paris.ctl('mailbox', 'list', 'bob')
    london.ctl('connector', 'disable', 'to-paris')
    london.send(london.place.user('ann'), [paris.place.user('ann')])
    code, _, err = london.run('delete', 'to-paris')
    assert code == REFUSED and '1 queued messages will be routed anew' in err
    assert [item['state'] for item in london.queue()] == ['ready']
    london.ctl('delete', 'ann', '--dry-run')  # empty, and only asked for
    london.ctl('delete', 'bob')
    london.ctl('delete', 'to-paris', '--force')
    london.wait_reports('ann', 1)


def test_a_deferred_message_is_released_before_its_time_only_now(world):
    london, paris = world.pair()
    london.send(london.place.user('ann'), [paris.place.user('bob')], 'Later', 'x', '--deferred',
                '+1d')
    [item] = london.queue()
    assert item['state'] == 'deferred'
    assert london.ctl('queue', 'show', item['item'])['deferred-until-ms'] == item['next-ms']
    code, _, err = london.run('queue', 'release', item['item'])
    assert code == REFUSED and 'waits for its deferred delivery time' in err
    london.ctl('queue', 'hold', item['item'])
    london.ctl('queue', 'release', item['item'])
    [item] = london.queue()
    assert item['state'] == 'deferred'
    london.ctl('queue', 'release', '--now', item['item'])
    [entry] = paris.wait_messages('bob', 1)
    [passage] = paris.ctl('mailbox', 'read', 'bob', entry['entry'])['trace']
    assert passage['arrival-ms'] <= passage['deferred-ms'] < item['next-ms']


def test_a_long_message_shows_how_far_it_is(world, tmp_path):
    """On a terminal only: a program that reads standard error sees none of it."""
    london = world.single()
    ann, content = london.place.user('ann'), tmp_path / 'content'
    content.write_bytes(bytes(16 * MIB))
    command = [X400CTL, '--socket', london.socket, 'send', '--from', ann, '--to', ann, '--content',
               content, '--content-type', 'unidentified']
    try:
        master, slave = pty.openpty()
    except OSError:
        pytest.skip('no pseudo-terminals here')
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=slave) as process:
        os.close(slave)
        seen = b''
        try:
            while block := os.read(master, 4096):
                seen += block
        except OSError:  # the other side is closed
            pass
        assert process.wait(60) == 0
    os.close(master)
    assert re.search(rb'\r\d+ of 16 MiB', seen)
    quiet = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert quiet.stderr == b''
    wait_for(lambda: len(london.messages('ann')) == 2, 'both arrived')


def test_a_recipient_sees_the_others_only_if_they_are_disclosed(world):
    london = world.single()
    ann, bob = london.place.user('ann'), london.place.user('bob')
    for more, shown in (([], None), (['--disclose'], [ann, bob])):
        london.send(ann, [ann, bob], 'Hello', 'x', *more)
        entry = london.ctl('mailbox', 'read', 'bob', 'last')
        assert entry['this-recipient']['address'] == bob
        others = entry.get('recipients')
        assert (others and [r['address'] for r in others]) == shown


def post_json(node, path, body):
    """Status and body of the API's answer."""
    with socket.socket(socket.AF_UNIX) as s:
        client = http.client.HTTPConnection('localhost')
        client.sock = s
        s.settimeout(30)
        s.connect(str(node.socket))
        client.request('POST', path, json.dumps(body), {'Content-Type': 'application/json'})
        answer = client.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize('member, value, wanted', [
    ('deferred-until-ms', 1.9e12, 'deferred-until-ms: must be an integer'),
    ('defered-until-ms', 1900000000000, 'defered-until-ms: there is no such member'),
    ('deferred-until-ms', 9000000000000, 'inconsistent'),  # 2255: no UTCTime says so
    ('priority', 2, 'priority: must be a string'),
    ('return-content', 'yes', 'return-content: must be true or false'),
    ('recipients', [{'address': 'S=x', 'reports': 'none'}], 'reports: there is no such member'),
])
def test_a_submission_is_understood_as_a_whole_or_refused(world, member, value, wanted):
    """What was meant to wait must not go at once because of a slip."""
    london = world.single()
    ann = london.place.user('ann')
    envelope = {'originator': ann, 'recipients': [{'address': ann}], 'content': ''}
    assert post_json(london, '/v1/messages', {**envelope, 'return-content': None})[0] == 200
    status, text = post_json(london, '/v1/messages', {**envelope, member: value})
    assert status == 400 and wanted in text


def test_an_originator_sees_the_results_that_he_asked_for(world):
    """Reports of two recipients come as one; he wanted to hear of one of them (R4.2c)."""
    london = world.single()
    unknown = [london.place.user(name) for name in ('eve', 'zoe')]
    envelope = {'originator': london.place.user('ann'), 'recipients': [
        {'address': unknown[0], 'report': 'none'},
        {'address': unknown[1], 'report': 'non-delivery'}]}
    assert post_json(london, '/v1/probes', envelope)[0] == 200
    london.wait_reports('ann', 1)
    [result] = london.ctl('mailbox', 'read', 'ann', 'last')['results']
    assert result['address'] == unknown[1]
    assert 'for-originator' not in result


COMPLETIONS = [
    (['que'], 'queue'), (['queue', 're'], 'release return'), (['connector', 'show', ''], 'to-paris'),
    (['show', 'a'], 'ann'), (['queue', 'release', '--n'], '--now'),
    (['send', '--priority', ''], 'urgent normal non-urgent'),
    (['probe', '--report', 'd'], 'delivery'), (['mailbox', 'read', 'ann', ''], 'first last'),
    (['queue', 'list', '--connector', 't'], 'to-paris'), (['nonsense', ''], ''),
    (['send', '--attach', '/etc/hostn'], '/etc/hostname'),
]


def test_bash_completes(world):
    """Commands and options of the help, names of the MTA."""
    london, _ = world.pair()
    script = f'''. {COMPLETION}
        COMP_WORDS=(x400ctl --socket {london.socket} "$@"); COMP_CWORD=$(( $# + 2 ))
        _x400ctl_complete; echo "${{COMPREPLY[*]}}"'''
    environment = {**os.environ, 'PATH': f'{X400CTL.parent}:{os.environ["PATH"]}'}
    for words, wanted in COMPLETIONS:
        done = subprocess.run(['bash', '-c', script, 'bash', *words], env=environment,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == wanted, (words, done.stderr)
