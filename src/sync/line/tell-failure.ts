import type { Alarms } from '../alarms.ts';
import type { Failure } from './hub-calls.ts';

/** Raises what a person has to see to; that a line is down or a hub busy is nobody's fault and passes. */
export function tellFailure(failure: Failure, alarms: Alarms): void {
  if (failure.kind === 'unreachable') {
    if (failure.reason === 'not-the-hub') alarms.raise('hub.not-the-hub', {});
    if (failure.reason === 'other-time') alarms.raise('hub.other-time', {});
    return;
  }
  const { status, code } = failure;
  if (code === 'station.copied') alarms.raise('station.copied', {});
  else if (status === 401 || status === 403) alarms.raise('hub.not-admitted', { code });
}
