# SPDX-License-Identifier: Apache-2.0
"""The simulator: networks of MTAs under virtual time, thousands of them, and what must hold."""
import pathlib
import re
import subprocess

import pytest
from harness.mta import BUILD

SIM = BUILD / 'tests/sim/x400sim'
SEEDS = sorted((pathlib.Path(__file__).parents[1] / 'sim/seeds').glob('*.plan'))


def run(*args, timeout=500):
    return subprocess.run([SIM, *map(str, args)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, check=False)


def test_two_thousand_networks():
    done = run('--runs', 2000, '--jobs', 2, timeout=1500)
    print(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('seed', [3, 41, 189, 235])
def test_the_same_seed_gives_the_same_trace(seed):
    first = run('--seed', seed)
    assert first.returncode == 0, first.stdout
    assert first.stdout.count('\n') > 20
    assert first.stdout == run('--seed', seed).stdout


def test_seeds_make_use_of_all_there_is():
    """Every kind of entry, and every argument of it: what no plan has is never shown to hold."""
    lines = re.findall(r'^(\w+) +[\w-]+ +.*:((?: \w+)+)$', run('--list').stdout, re.M)
    there_is = {(kind, argument) for kind, arguments in lines for argument in arguments.split()}
    assert len(there_is) > 80
    used = set()
    for seed in range(1, 301):
        for line in run('--seed', seed, '--plan').stdout.splitlines()[1:]:
            _, kind, *arguments = line.split()
            used |= {(kind, argument.split('=')[0]) for argument in arguments}
    assert not there_is - used


def test_a_plan_is_what_its_seed_does(tmp_path):
    plan = tmp_path / 'plan'
    plan.write_text(run('--seed', 41, '--plan').stdout)
    replayed = run('--replay', plan).stdout.splitlines()
    assert replayed[:-1] == run('--seed', 41).stdout.splitlines()[:-1]


@pytest.mark.parametrize('path', SEEDS, ids=lambda path: path.stem)
def test_a_bug_stays_away(path):
    done = run('--replay', '--quiet', path)
    assert done.returncode == 0, done.stdout


MANNERS = re.findall(r'^(answers|calls) how=(\d+): it (.*)', run('--list').stdout, re.M)


@pytest.mark.parametrize('kind,how,name', MANNERS[1:], ids=lambda value: str(value))
def test_what_a_robot_does_harms_nobody(kind, how, name, tmp_path):
    """Each manner of each kind, as soon as something goes, late, and in every mode."""
    plan = tmp_path / 'plan'
    lines = ['0 world nodes=2 delay=20 pieces=1', '0 link a=1 b=2']
    for robot, value in (1, 0), (2, 20001), (3, 4000):
        at = 2 if kind == 'calls' else 60000
        lines += [
            f'0 robot robot={robot} a=1 mode={robot - 1} twa={robot % 2} checkpoint={robot}',
            f'1 {kind} robot={robot} how={how} value={value} times=1',
            f'2 send node=1 size=30000 report=2 to={5000 + robot * 100},200',
            f'{at} send node={50 + robot} size=30000 report=2 to=100,201']
    lines.sort(key=lambda line: int(line.split()[0]))
    plan.write_text('\n'.join(['seed 1', *lines, '']))
    told = run('--replay', plan)
    assert told.returncode == 0, told.stdout
    for robot in 1, 2, 3:
        assert re.search(rf'R{robot} (is called|calls), and {re.escape(name)}\n', told.stdout)


def test_a_failure_is_told_and_shrinks(tmp_path):
    """A message that no route leads to is reported as failed; a plan that says that its recipient
    exists, but whose sites have no link, must fail."""
    plan = tmp_path / 'plan'
    plan.write_text('seed 1\n0 world nodes=2\n'
                    '5 send node=2 size=7 report=2 to=201\n'
                    '10 send node=1 size=100 report=2 to=101,201\n'
                    '20 kill node=2 down=5\n')
    told = run('--replay', plan)
    assert told.returncode == 1
    assert re.search(r'deserved does not hold for letter 2: recipient 201', told.stdout)
    shrunk = run('--replay', '--shrink', plan)
    assert shrunk.returncode == 1
    assert shrunk.stdout == 'seed 1\n0 world nodes=2\n10 send node=1 report=1 to=201\n'


def test_help():
    done = run('--help')
    assert done.returncode == 0 and done.stdout.startswith('usage: x400sim --seed N')
    for option in ('replay', 'shrink', 'plan', 'runs', 'from', 'jobs', 'faults', 'without', 'list'):
        assert f'--{option}' in done.stdout


@pytest.mark.parametrize('args', [('--runs', 'x'), ('--seed',), ('--jobs', 0, '--runs', 1), ()])
def test_usage(args):
    done = run(*args)
    assert done.returncode == 2
    assert done.stderr.startswith('usage:') or 'usage:' in done.stderr
