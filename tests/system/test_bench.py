# SPDX-License-Identifier: Apache-2.0
"""The benchmark runs and draws; what it measures here means nothing."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import pytest

from harness.mta import BUILD

BENCH = pathlib.Path(__file__).resolve().parent.parent / 'bench'
sys.path.insert(0, str(BENCH))

import chart  # noqa: E402
import postfix  # noqa: E402
import relay  # noqa: E402
import sizes  # noqa: E402
import x400  # noqa: E402
from measure import KIB, MIB  # noqa: E402


@pytest.fixture(name='small')
def small_fixture(monkeypatch):
    """Few sessions and messages."""
    monkeypatch.setattr(relay, 'SESSIONS', (1, 3))
    monkeypatch.setattr(relay, 'SIZES', (KIB, MIB))
    monkeypatch.setattr(relay, 'COUNTS', {system: {KIB: (5, 10), MIB: (2, 3)}
                                          for system in ('x400d', 'Postfix')})
    monkeypatch.setattr(relay, 'PACED', {'size': KIB, 'sessions': 2, 'rate': 50, 'messages': 10})


def heard(lines):
    return lambda line: lines.append(line)


def test_relay_without_a_peer(small, monkeypatch, tmp_path):
    monkeypatch.setattr(postfix, 'missing', lambda: 'not wanted')
    result = relay.Bench(BUILD, tmp_path, False, heard([])).run(2)
    assert len(result['cells']) == 8 and len(result['flushes']) == 2
    assert all(c['cpu'] > 0 and c['seconds'] > 0 and c['p99'] >= c['p50'] for c in result['cells'])
    assert 'Postfix' not in relay.text(result)
    drawing = xml.etree.ElementTree.fromstring(chart.chart(result))
    assert len(drawing.findall('{http://www.w3.org/2000/svg}polyline')) == 2 * 4


def test_relay_beside_postfix(small):
    without = postfix.missing()
    if without:
        pytest.skip(f'no Postfix: {without}')
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o711)  # Postfix's processes run as another user
        result = relay.Bench(BUILD, scratch, False, heard([])).run(1)
    assert {c['system'] for c in result['cells']} == {'x400d', 'Postfix'}
    assert all(c['cpu'] > 0 for c in result['cells'])
    assert relay.text(result).count('\n| ') == 1 + 4 + 1 + 2 + 2
    drawing = xml.etree.ElementTree.fromstring(chart.chart(result))
    assert len(drawing.findall('{http://www.w3.org/2000/svg}polyline')) == 2 * 2 * 4


def test_idle_queue_and_growth(monkeypatch, tmp_path):
    monkeypatch.setattr(sizes, 'IDLE', (0, 3))
    monkeypatch.setattr(sizes, 'SETTLED', 0.3)
    monkeypatch.setattr(sizes, 'QUEUED', (20,))
    monkeypatch.setattr(sizes, 'GROWTH', (MIB,))
    for bench, rows in ((sizes.idle, 4), (sizes.queue, 1), (sizes.growth, 1)):
        result = bench(BUILD, tmp_path, False, heard([]))
        assert len(result['rows']) == rows
        assert sizes.text(result).count('\n| ') == 2 + rows


def test_a_message_that_goes_astray_fails_the_run(tmp_path):
    with x400.Relay(BUILD, tmp_path) as node:
        nowhere = ['--recipient', node.mta.place.user('nobody')]
        with pytest.raises(RuntimeError, match='missing'):
            node.load(*node.sending(1), *nowhere, *node.taking(), '--wait', 1)


def test_the_command_writes_json_and_chart(tmp_path):
    done = subprocess.run([BENCH / 'run', 'growth', BUILD, '--quick', '--store', tmp_path, '--json',
                           tmp_path / 'out.json'], capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert '1 MiB' in done.stdout
    assert json.loads((tmp_path / 'out.json').read_text())['bench'] == 'growth'
    assert [p.name for p in tmp_path.iterdir()] == ['out.json']  # it has cleaned up
