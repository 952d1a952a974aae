import type { CameraSettings } from './camera-settings.ts';
import { runChild } from './child-run.ts';
import type { LineTail } from './line-tail.ts';

/**
 * Sets focus, exposure and the like before the camera starts; a camera forgets them when it is unplugged, so before
 * every start. A control that cannot be set leaves a line for the operator and does not keep the camera out: a picture
 * out of focus is worth more than none.
 */
export async function applyControls(
  program: string,
  { source, controls = {} }: CameraSettings,
  tail: LineTail,
  signal: AbortSignal,
): Promise<void> {
  for (const programArguments of controlArguments(source, controls)) {
    const end = await runChild(program, programArguments, tail, signal, async () => {});
    if (end.kind === 'not-started') {
      tail.add('v4l2-ctl is not installed, controls were not set: apt install v4l-utils');
      return;
    }
  }
}

/** One command line a control, automatic modes first: drivers refuse a fixed focus while the automatic one is on. */
export function controlArguments(
  device: string,
  controls: Readonly<Record<string, number>>,
): readonly (readonly string[])[] {
  const rank = (name: string) => (name.includes('auto') ? 0 : 1);
  return Object.entries(controls)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, value]) => ['--device', device, `--set-ctrl=${name}=${value}`]);
}
