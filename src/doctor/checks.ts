import { clockCheck } from './checks/clock.ts';
import { configurationCheck } from './checks/configuration.ts';
import { dataDirectoryCheck } from './checks/data-directory.ts';
import { debianProgramsCheck } from './checks/debian-programs.ts';
import { devicesCheck } from './checks/devices.ts';
import { diskCheck } from './checks/disk.ts';
import { hubCheck } from './checks/hub.ts';
import { journalCheck } from './checks/journal.ts';
import { keysCheck } from './checks/keys.ts';
import { lanesCheck } from './checks/lanes.ts';
import { memoryCheck } from './checks/memory.ts';
import { networkCheck } from './checks/network.ts';
import { pluggedInCheck } from './checks/plugged-in.ts';
import { portCheck } from './checks/port.ts';
import { programCheck } from './checks/program.ts';
import { registersCheck } from './checks/registers.ts';
import { selfTestCheck } from './checks/self-test.ts';
import { trustCheck } from './checks/trust.ts';
import { unitsCheck } from './checks/units.ts';
import type { Check } from './context.ts';

/** Everything that is looked at, in the order it is told. */
export const ALL_CHECKS: readonly Check[] = [
  programCheck,
  debianProgramsCheck,
  configurationCheck,
  selfTestCheck,
  lanesCheck,
  devicesCheck,
  pluggedInCheck,
  dataDirectoryCheck,
  keysCheck,
  diskCheck,
  clockCheck,
  journalCheck,
  registersCheck,
  trustCheck,
  hubCheck,
  portCheck,
  networkCheck,
  unitsCheck,
  memoryCheck,
];
