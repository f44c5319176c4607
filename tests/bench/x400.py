# SPDX-License-Identifier: Apache-2.0
"""An x400d that relays between two ends of x400load."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys

import measure

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'system'))

TIMEOUT = 900  # seconds that any one measurement may take


class Relay:
    """A fresh x400d with an empty store in directory, a neighbour that sends and one that takes."""
    name = 'x400d'

    def __init__(self, build, directory, associations=50):
        os.environ['X400D_BUILD'] = str(build)
        from harness import mta, site  # they look for the programs when imported
        self.program = pathlib.Path(build, 'src/prog/x400load/x400load')
        self.source, here, self.sink = (site.Place(n) for n in ('source', 'relay', 'sink'))
        self.side = site.Place('side')
        limits = {'max-associations': associations, 'threshold': 10, 'open-interval': 600,
                  'remote-mta-name': self.source.name}
        neighbours = [self.source, self.sink, self.side]
        server = {'max-associations': 10000, 'max-connections': 10000}
        self.mta = mta.Mta(here, directory, site.site(here, neighbours, server=server, **limits),
                           debug=False)

    def __enter__(self):
        self.mta.start()
        return self

    def __exit__(self, *_):
        self.mta.kill()

    @property
    def pid(self):
        return self.mta.process.pid

    def command(self, *arguments):
        return [self.program, '--json', '--name', self.source.name, '--password',
                self.source.password, '--from', self.source.address, '--originator',
                self.source.user('load'), *map(str, arguments)]

    def sending(self, messages, to=None):
        """Arguments for messages to somebody at the sink."""
        here = self.mta.place
        return ['--to', f'{here.address}:{here.port}', '-m', messages, '--recipient',
                (to or self.sink).user('bob')]

    def taking(self, at=None):
        at = at or self.sink
        return ['--listen', f'{at.address}:{at.port}']

    def load(self, *arguments):
        """Runs x400load to its end; the object that it ends with."""
        done = subprocess.run(self.command('--wait', 120, *arguments), stdout=subprocess.PIPE,
                              timeout=TIMEOUT, check=False)
        result = json.loads(done.stdout.splitlines()[-1])
        if not result['ok'] or result['sent'].get('lost'):
            raise RuntimeError(f'x400load: {result}')
        return result

    @contextlib.contextmanager
    def background(self, stage, *arguments):
        """x400load that goes on meanwhile, once it has come to a stage: listening, holding."""
        process = subprocess.Popen(self.command(*arguments), stdout=subprocess.PIPE)
        try:
            while stage not in (line := json.loads(process.stdout.readline())):
                if 'ok' in line:
                    raise RuntimeError(f'x400load: {line}')
            yield process
        finally:
            process.terminate()
            process.wait()

    def measure(self, size, sessions, messages, rate=None):
        """One run: what went through, and what it cost. x400load is at both ends."""
        before = measure.cpu_seconds(self.pid)
        pace = ['--rate', rate] if rate else []
        result = self.load(*self.sending(messages), *self.taking(), '-c', sessions, '-s', size,
                           *pace)
        latency = result['arrived']['latency-us']
        return {'seconds': result['arrived']['seconds'],
                'cpu': measure.cpu_seconds(self.pid) - before, 'load-cpu': result['cpu-seconds'],
                'p50': latency['p50'], 'p99': latency['p99'], 'max': latency['max'],
                'memory': measure.memory_kib(self.pid, 'VmHWM')}
