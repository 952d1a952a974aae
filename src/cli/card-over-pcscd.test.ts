import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualPcscd, virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import { guarded } from '../../test/support/guarded.ts';
import { compiledEntry } from '../kernel/package-root.ts';

const CHOT = compiledEntry('src/cli/chot.ts').pathname;
const obstacle = virtualPcscdObstacle();

let pcscd: VirtualPcscd;
let folder: string;
let running: ChildProcess[];

function chot(args: readonly string[], inside = false): ChildProcess {
  const env = {
    ...process.env,
    CHOT_DATA: join(folder, 'data'),
    PCSCLITE_CSOCK_NAME: pcscd.socketPath,
  };
  const namespace = pcscd.socketPath.replace(/\/root\/.*/, '/ns/net');
  const [program, ...first] = inside
    ? ['nsenter', `--net=${namespace}`, process.execPath, CHOT]
    : [process.execPath, CHOT];
  const child = spawn(program ?? '', [...first, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function finish(child: ChildProcess, input = '') {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin?.end(input);
  const [code] = (await guarded(child.spawnargs.join(' '), once(child, 'close'))) as [number];
  return { code, stdout, stderr };
}

/** A card on the virtual reader, and the number that opens it. */
async function emulate(...args: readonly string[]): Promise<{ card: ChildProcess; can: string }> {
  const card = chot(['card', 'emulate', ...args], true);
  let said = '';
  const lies = new Promise<string>((resolve, reject) => {
    card.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const can = /CAN +(\d{6})/.exec(said)?.[1];
      if (can !== undefined) resolve(can);
    });
    card.once('close', () => reject(new Error(`no card: ${said}`)));
  });
  lies.catch(() => undefined);
  return { card, can: await guarded('the card lies there', lies) };
}

const lastLine = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');

describe.skipIf(obstacle !== null)(
  `commands over a real pcscd (${obstacle ?? 'it is there'})`,
  () => {
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'chot-card-pcscd-'));
      running = [];
      pcscd = await VirtualPcscd.open();
      await pcscd.start();
    });
    afterEach(async () => {
      for (const child of running) child.kill('SIGKILL');
      await pcscd.close();
      rmSync(folder, { recursive: true, force: true });
    });

    test('a card that one command emulates is genuine to another that trusts its issuer', async () => {
      const anchor = join(folder, 'csca.der');
      const { card, can } = await emulate('--person', '3', '--export-anchor', anchor);
      const list = await finish(chot(['card', 'list', '--json']));
      expect(
        list.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).card),
      ).toContain(true);
      const photo = join(folder, 'face.jpg');
      const read = ['card', 'read', '--can', '-', '--json'];
      const unknown = await finish(chot([...read, '--no-photo']), can);
      expect(unknown.code).toBe(3);
      expect(lastLine(unknown.stdout).authenticity).toBe('issuer-unknown');
      await finish(chot(['trust', 'import', anchor, '--for', 'cccd']));
      const genuine = await finish(chot([...read, '--photo', photo]), can);
      expect(lastLine(genuine.stdout)).toMatchObject({
        authenticity: 'genuine',
        ended: 'complete',
      });
      expect(genuine.code).toBe(0);
      expect(readFileSync(photo).subarray(0, 3).toString('hex')).toBe('ffd8ff');
      const ended = once(card, 'close');
      card.kill('SIGINT');
      expect((await guarded('the emulation ends', ended))[0]).toBe(0);
    });

    test('a copied chip is cloned, and a card that slips is read on', async () => {
      const cloned = await emulate('--flaw', 'cloned');
      const caught = await finish(chot(['card', 'read', '--can', '-', '--json']), cloned.can);
      expect([caught.code, lastLine(caught.stdout).authenticity]).toEqual([3, 'cloned']);
      const gone = once(cloned.card, 'close');
      cloned.card.kill('SIGINT');
      await guarded('the emulation ends', gone);
      const slipping = await emulate('--fault', 'slip');
      const read = await finish(chot(['card', 'read', '--can', '-', '--json']), slipping.can);
      expect(lastLine(read.stdout)).toMatchObject({ ended: 'complete', hashes: 'valid' });
      expect(read.stderr).toMatch(/lay it back/);
    });

    test('without pcscd list says what to start, and read waits no longer than it was told', async () => {
      await pcscd.kill();
      const list = await finish(chot(['card', 'list']));
      expect(list.code).toBe(1);
      expect(list.stderr).toMatch(/systemctl start pcscd\.socket/);
      const read = await finish(chot(['card', 'read', '--can', '-', '--wait', '1']), '000001');
      expect(read.code).toBe(1);
      expect(read.stderr).toMatch(/reader\.service-down/);
    });
  },
);
