import { userInfo } from 'node:os';
import { packageRoot } from '../../kernel/package-root.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Machine, ReadersSeen } from '../machine.ts';
import { addressesOf, get, listReaders, reachTls } from './ask-network.ts';
import { list, look, readLink, readText, resolve, space, syncMs } from './read-files.ts';
import { readKeptHub, readRegisters } from './read-station.ts';
import { findProgram, runProgram } from './run-program.ts';
import { testDecoder } from './test-decoder.ts';

type Parts = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** The machine that this runs on. */
export function thisMachine({ clock, random, env }: Parts): Machine {
  const { uid, gid, username } = userInfo();
  const socketPath = env['PCSCLITE_CSOCK_NAME'] ?? null;
  // Several checks ask; one child answers.
  let seen: Promise<ReadersSeen> | null = null;
  return {
    account: { name: username, uid, gids: process.getgroups?.() ?? [gid] },
    root: packageRoot(),
    nodeVersion: process.versions.node,
    nodePath: process.execPath,
    nowMs: () => clock.wallMs(),
    ...{ look, readText, list, resolve, readLink, space, get },
    program: (name) => findProgram(name, env['PATH'] ?? ''),
    run: (program, args) => runProgram(program, args, clock),
    syncMs: (folder) => syncMs(folder, clock),
    reachTls: (url) => reachTls(url, clock),
    addresses: (host) => addressesOf(host, clock),
    readers: () => {
      seen ??= listReaders(socketPath, clock, random);
      return seen;
    },
    selfTest: () => testDecoder(clock, random),
    registers: (dataDir, limits) =>
      readRegisters(dataDir, list(`${dataDir}/keys`), limits, clock.wallMs()),
    keptHub: readKeptHub,
  };
}
