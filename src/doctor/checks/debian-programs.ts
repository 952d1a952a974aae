import type { StationConfig } from '../../station/config-schema.ts';
import type { Check } from '../context.ts';
import { fault, good, type Told } from '../finding.ts';

type Wanted = {
  readonly program: string;
  readonly debianPackage: string;
  readonly isNeeded: (config: StationConfig) => boolean;
  readonly without: string;
};

const FFMPEG_DRIVERS = new Set(['v4l2', 'rtsp', 'mjpeg', 'file']);

/** Programs of the system that parts of Chốt start, by who needs them. */
const WANTED: readonly Wanted[] = [
  {
    program: 'ffmpeg',
    debianPackage: 'ffmpeg',
    isNeeded: ({ camera }) => camera.some(({ driver }) => FFMPEG_DRIVERS.has(driver)),
    without: 'no camera gives a picture',
  },
  {
    program: 'v4l2-ctl',
    debianPackage: 'v4l-utils',
    isNeeded: ({ camera }) =>
      camera.some(({ driver, controls }) => driver === 'v4l2' && Object.keys(controls).length > 0),
    without: 'focus and exposure of USB cameras are not set',
  },
  {
    program: 'pcscd',
    debianPackage: 'pcscd',
    isNeeded: ({ reader }) => reader.some(({ driver }) => driver === 'pcsc'),
    without: 'no chip card is read',
  },
  {
    program: 'aplay',
    debianPackage: 'alsa-utils',
    isNeeded: ({ signal }) => signal.some(({ driver }) => driver === 'sound'),
    without: 'nobody hears go or wait',
  },
  {
    program: 'prlimit',
    debianPackage: 'util-linux',
    isNeeded: ({ reader }) => reader.length > 0,
    without: 'photographs from chips are not shown',
  },
];

/** Only what the configuration makes use of. */
export const debianProgramsCheck: Check = {
  name: 'programs',
  run: ({ machine, config }) => {
    if (config === null) return [];
    const needed = WANTED.filter(({ isNeeded }) => isNeeded(config));
    const missing = needed.filter(({ program }) => machine.program(program) === null);
    const there = needed.filter((each) => !missing.includes(each)).map(({ program }) => program);
    const faults: Told[] = missing.map(({ program, debianPackage, without }) =>
      fault(`program ${program}`, {
        found: 'not installed',
        cause: `the configuration needs it: without it ${without}`,
        next: `apt install ${debianPackage}`,
      }),
    );
    return there.length === 0 ? faults : [...faults, good('programs', there.join(', '))];
  },
};
