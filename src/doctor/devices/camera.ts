import type { CameraConfig } from '../../station/config-schema.ts';
import { mayReadAndWrite } from '../accounts.ts';
import { adviceFor } from '../advice.ts';
import type { Context } from '../context.ts';
import { fault, good, type Told } from '../finding.ts';
import { configured, type DeviceKind } from './device-kind.ts';
import { lookAtPath } from './device-path.ts';

export const cameraKind: DeviceKind = {
  kind: 'camera',
  of: ({ camera }) =>
    camera.map((each) => ({ id: each.id, look: (context) => look(each, context) })),
};

function look(camera: CameraConfig, context: Context): readonly Told[] {
  const subject = `camera ${camera.id}`;
  if (camera.sourceFile !== undefined) return secret(subject, camera.sourceFile, context);
  const source = camera.source ?? '';
  switch (camera.driver) {
    case 'v4l2':
      return lookAtPath(context, {
        ...{ subject, path: configured(context, source), key: 'source' },
        ...{ missingCode: 'camera.no-device', stableFolder: '/dev/v4l/by-id', group: 'video' },
      });
    case 'rtsp':
    case 'mjpeg':
      return [good(subject, `a network camera at ${hostOf(source)}; start the station to see it`)];
    case 'file':
    case 'stills':
      return [recorded(subject, configured(context, source), context)];
    default:
      return camera.driver satisfies never;
  }
}

/** The file of a URL with a password: the station refuses it when others can read it. */
function secret(subject: string, file: string, context: Context): readonly Told[] {
  const path = configured(context, file);
  const { machine, account } = context;
  const facts = machine.look(path);
  if (typeof facts === 'string') {
    return [
      fault(subject, {
        found: `its sourceFile ${path} ${facts === 'missing' ? 'is not there' : 'may not be looked at'}`,
        cause: 'the file with the URL was not made, or lies elsewhere',
        next: `(umask 077; echo 'rtsp://USER:PASSWORD@ADDRESS/stream' > ${path}); chown ${account.name} ${path}`,
      }),
    ];
  }
  if ((facts.mode & 0o077) !== 0 || !mayReadAndWrite(facts, account)) {
    return [
      fault(subject, {
        found: `its sourceFile ${path} has mode ${facts.mode.toString(8)}`,
        cause: `it must be ${account.name}'s alone, as it holds a password`,
        next: `chown ${account.name} ${path}; chmod 600 ${path}`,
      }),
    ];
  }
  return [good(subject, 'a network camera, its URL is kept apart; start the station to see it')];
}

function recorded(subject: string, path: string, { machine }: Context): Told {
  if (machine.look(path) !== 'missing') {
    return good(subject, `${path}, recorded: no real camera`);
  }
  const { cause, next } = adviceFor('camera.no-source') ?? { cause: '', next: '' };
  return fault(subject, { found: `nothing at ${path}`, cause, next, code: 'camera.no-source' });
}

/** Never user and password. */
function hostOf(source: string): string {
  return URL.canParse(source) ? new URL(source).host : 'an address that is no URL';
}
