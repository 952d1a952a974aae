import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { generateRecipient } from '../../journal/recipient.ts';
import { DAY_MS, dayOf, dayToIso } from '../../kernel/calendar.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { rawPublicKey } from '../../sync/protocol/raw-keys.ts';
import type { Role, RoleKey, SigningKey } from '../../sync/protocol/statement.ts';
import { type HubDirectory, newEd25519, pemOfKey } from '../hub-directory.ts';
import { writeNewPrivateFile } from '../private-file.ts';

export type SigningRole = Exclude<Role, 'recipient'>;
export const SIGNING_ROLES: readonly SigningRole[] = ['manifest', 'receipt', 'policy'];

const SIGNING_DAYS = 800;
/** Keys begin earlier than they are made, for stations whose clocks are behind. */
const EARLY_MS = DAY_MS;
/** A recipient is sealed to in its month, and so many days before and after it. */
const RECIPIENT_OVERLAP_DAYS = 7;

/** A new signing key under `keys/`, named `<role>-<number>`; a number is never used again, even for a key that was dropped. */
export function makeRoleKey(directory: HubDirectory, role: SigningRole, nowMs: number): RoleKey {
  let number = 1;
  while (directory.text(`${role}-${number}.ed25519`) !== null) number++;
  const id = `${role}-${number}`;
  const privateKey = newEd25519();
  directory.writeKey(`${id}.ed25519`, pemOfKey(privateKey));
  return {
    ...{ role, id, key: rawPublicKey(privateKey) },
    ...{ notBeforeMs: nowMs - EARLY_MS, notAfterMs: nowMs + SIGNING_DAYS * DAY_MS },
  };
}

/**
 * The journals' recipients of the month of `nowMs` and those after it, which are not yet in `known`: one a month, so that
 * destroying a key erases a month (security J5). Private halves go to `recipients/`, which only the opener reads.
 */
export function makeRecipients(
  directory: HubDirectory,
  nowMs: number,
  months: number,
  known: readonly RoleKey[],
): readonly RoleKey[] {
  return monthsFrom(nowMs, months).flatMap(({ id, fromMs, untilMs }) => {
    if (known.some((key) => key.id === id)) return [];
    const { recipient, privateKeyPem } = generateRecipient(id);
    writeNewPrivateFile(join(directory.recipientsFolder, `${id}.pem`), privateKeyPem);
    const overlapMs = RECIPIENT_OVERLAP_DAYS * DAY_MS;
    return [
      {
        ...{ role: 'recipient' as const, id, key: recipient.publicKey },
        ...{ notBeforeMs: fromMs - overlapMs, notAfterMs: untilMs + overlapMs },
      },
    ];
  });
}

/** The private key that signs for a role now: of the listed keys in their term the newest whose file is here. */
export function signingKeyFor(
  directory: HubDirectory,
  keys: readonly RoleKey[],
  role: SigningRole,
  nowMs: number,
): SigningKey {
  const found = keys
    .filter((key) => key.role === role && key.notBeforeMs <= nowMs && nowMs < key.notAfterMs)
    .sort((a, b) => b.notBeforeMs - a.notBeforeMs)
    .map(({ id }) => ({ id, privateKey: directory.privateKey(`${id}.ed25519`) }))
    .find((key): key is { id: string; privateKey: KeyObject } => key.privateKey !== null);
  if (found !== undefined) return found;
  throw new ConfigError(
    `no ${role} key of the role list is in its term: run 'chot hub roles rotate --role ${role} --root FILE'`,
  );
}

function monthsFrom(nowMs: number, months: number) {
  const [year = 0, month = 0] = dayToIso(dayOf(nowMs)).split('-').map(Number);
  return Array.from({ length: months }, (_, index) => {
    const fromMs = Date.UTC(year, month - 1 + index, 1);
    const untilMs = Date.UTC(year, month + index, 1);
    const name = new Date(fromMs).toISOString().slice(0, 7);
    return { id: `recipient-${name}`, fromMs, untilMs };
  });
}
