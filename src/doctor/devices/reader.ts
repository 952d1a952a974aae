import type { ReaderConfig } from '../../station/config-schema.ts';
import { adviceFor } from '../advice.ts';
import type { Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

export const readerKind: DeviceKind = {
  kind: 'reader',
  of: ({ reader }) =>
    reader.map((each) => ({ id: each.id, look: (context) => look(each, context) })),
};

async function look({ id, driver, name }: ReaderConfig, context: Context): Promise<Told[]> {
  const subject = `reader ${id}`;
  if (driver === 'sim') return [good(subject, 'simulated: no real card can be laid on it')];
  const seen = await context.machine.readers();
  if (seen === 'service-down') {
    return [byCode(subject, 'reader.service-down', 'the card service does not answer')];
  }
  if (seen === 'late') {
    return [
      warning(subject, {
        found: 'the card service did not answer in time',
        cause: 'it is just starting, or hangs with a reader',
        next: 'run chot doctor again; then systemctl restart pcscd',
      }),
    ];
  }
  const fits = seen.filter((each) => each.toLowerCase().includes((name ?? '').toLowerCase()));
  if (fits.length > 0) return [good(subject, `there: ${fits.join(', ')}`)];
  const there = seen.length === 0 ? 'no reader is plugged in' : `there is only ${seen.join(', ')}`;
  const wanted = name === undefined ? '' : `, and "${name}" is wanted`;
  return [byCode(subject, 'reader.not-found', `${there}${wanted}`)];
}

function byCode(subject: string, code: string, found: string): Told {
  const { cause, next } = adviceFor(code) ?? { cause: '', next: '' };
  return fault(subject, { found, cause, next, code });
}
