// What a card may do at a lane, drawn at random, and what the lane may make of it.
import type { CardFault } from '../../devices/card-reader/emulated/card-fault.ts';
import { FILE_ID, groupFileId } from '../../devices/card-reader/emulated/card-files.ts';
import type { CardFlaw, HostileShape } from '../../devices/card-reader/emulated/card-flaw.ts';
import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import type { Random } from '../../fixtures/random.ts';
import { SAMPLE_PERSON, sampleCard } from './sample-card.ts';

export const BEARER = SAMPLE_PERSON;
export const OTHER: CardPerson = {
  ...SAMPLE_PERSON,
  ...{ number: '001200000042', name: 'Trần Văn Bình', birth: '2000-05-06', expires: '2040-05-06' },
};

/** How a cycle ended: an authenticity state, `failed` and its problem, or `gone`. */
export type Outcome = string;

/** What a hand does after so many commands of the card. */
export type Hand = 'lifts' | 'lifts-and-lays' | 'unplugs-and-plugs' | 'swaps';

export type Trial = {
  readonly name: string;
  /** Contents and manners; cards of the same are made once. */
  readonly options: Partial<CardOptions>;
  readonly faults: readonly CardFault[];
  readonly hand: { readonly does: Hand; readonly afterApdus: number } | null;
  /** Whose code is shown; the card is the bearer's. */
  readonly shown: CardPerson;
  readonly cardFirst: boolean;
  readonly allowed: readonly Outcome[];
  /** What the screen may show besides what goes with the outcome. */
  readonly alsoShown: readonly string[];
};

type Draft = Pick<Trial, 'name' | 'allowed'> & Partial<Trial>;

/** EF.CardAccess 2, PACE 5, application 1, one read each of five files, chip authentication 2, active 1: less proves nothing. */
const PROVEN_APDUS = 16;
/** As many commands as a reading has, about. */
const APDUS = 45;
const OUT_OF_TOUCH = ['failed lost', 'failed deadline', 'failed fault', 'gone'] as const;
const NO_PROOF = [...OUT_OF_TOUCH, 'failed no-application', 'failed refused'] as const;
/** Messaging that breaks where chip authentication changed keys is what a copy shows (security C1). */
const BROKEN = [...NO_PROOF, 'cloned', 'unverifiable', 'chip-not-proven'] as const;
const NOT_OPENED = 'failed number-does-not-open';
const SIGNED = [1, 2, 13, 14, 15].map(groupFileId);
const SHAPES: readonly HostileShape[] = [
  ...(['deep', 'endless-length', 'indefinite', 'long-tag', 'many', 'empty'] as const),
];

export function drawTrial(random: Random): Trial {
  const draft = random.pick(DRAFTS)(random);
  return {
    ...{ options: {}, faults: [], hand: null, shown: BEARER, alsoShown: [] },
    ...{ cardFirst: random.chance(0.5), ...draft },
  };
}

const DRAFTS: readonly ((random: Random) => Draft)[] = [
  honest,
  honest,
  pulled,
  pulled,
  mute,
  slow,
  crawling,
  (random) => broken(random, 'wrong-mac'),
  (random) => broken(random, 'truncated'),
  (random) => broken(random, 'endless'),
  readLength,
  cloned,
  altered,
  missing,
  wrongLength,
  hostile,
  unknownIssuer,
  expiredSigner,
  otherPerson,
  handled,
  handled,
  swapped,
];

function honest(random: Random): Draft {
  return { name: 'honest', options: random.pick(KINDS), allowed: ['genuine'] };
}

const KINDS: readonly Partial<CardOptions>[] = [
  {},
  { layout: '2021' },
  { pace: 'chip-authentication' },
  { pace: null },
  { chipCipher: '3des', curve: 'secp256r1' },
  { chipCipher: 'aes256', sodVersion: 1 },
  { activeKind: 'ecdsa-secp384r1' },
  { manners: { readMax: 112, longRead: 'refused' } },
  { manners: { readMax: 223, longRead: 'session-lost' } },
  { manners: { readMax: 1_000, longRead: 'shortened' } },
  { manners: { acceptsExtended: false } },
  { manners: { shortFileIds: false } },
];

function pulled(random: Random): Draft {
  const afterApdus = random.int(0, APDUS);
  return {
    ...{ name: 'pulled', faults: [{ kind: 'pull', afterApdus, returns: false }] },
    allowed: lateProof(afterApdus, ['gone']),
  };
}

function mute(random: Random): Draft {
  const afterApdus = random.int(0, APDUS);
  const faults = [{ kind: 'mute', afterApdus }] as const;
  return { name: 'mute', faults, allowed: lateProof(afterApdus, NO_PROOF) };
}

function slow(random: Random): Draft {
  const milliseconds = random.int(1, 250);
  return {
    name: 'slow',
    faults: [{ kind: 'slow', afterApdus: 0, milliseconds }],
    allowed: ['genuine'],
  };
}

function crawling(random: Random): Draft {
  const milliseconds = random.int(700, 5_000);
  const afterApdus = random.int(0, APDUS);
  return {
    ...{ name: 'crawling', faults: [{ kind: 'slow', afterApdus, milliseconds }] },
    allowed: ['genuine', ...NO_PROOF],
  };
}

function broken(random: Random, kind: 'wrong-mac' | 'truncated' | 'endless'): Draft {
  const afterApdus = random.int(0, APDUS);
  // Fewer bytes than a protected status word has.
  const bytes = random.int(0, 15);
  const fault = { kind, afterApdus, bytes, empty: random.chance(0.5) } as CardFault;
  // Before there are keys, a cut answer may read as the refusal of a wrong number, and nothing tells them apart.
  const allowed = kind === 'truncated' ? [...BROKEN, NOT_OPENED] : BROKEN;
  return { name: kind, faults: [fault], allowed: lateProof(afterApdus, allowed) };
}

function readLength(random: Random): Draft {
  const by = random.int(-230, 40);
  const faults = [{ kind: 'read-length', afterApdus: random.int(0, APDUS), by }] as const;
  return {
    // A card that keeps the last bytes of a file back holds another file than was signed.
    ...{ name: 'read-length', faults, allowed: ['genuine', 'altered', ...BROKEN] },
    // EF.CardAccess that cannot be read makes the terminal fall back to BAC, and verified EF.DG14 tells on it (security C5).
    alsoShown: ['check document.check-failed'],
  };
}

function flawed(name: string, flaw: CardFlaw, allowed: readonly Outcome[]): Draft {
  return { name, options: { flaws: [flaw] }, allowed };
}

function cloned(): Draft {
  return flawed('cloned', { kind: 'cloned' }, ['cloned']);
}

function altered(random: Random): Draft {
  const fileId = random.pick([...SIGNED, FILE_ID.sod, FILE_ID.com]);
  return flawed(`altered ${fileId.toString(16)}`, { kind: 'altered', fileId }, alteredTo(fileId));
}

/** What EF.COM says counts for nothing, so that it may say anything; what EF.SOD says may be no more than not understood. */
function alteredTo(fileId: number): readonly Outcome[] {
  if (fileId === FILE_ID.com) return ['genuine'];
  return fileId === FILE_ID.sod ? ['altered', 'unverifiable'] : ['altered'];
}

function missing(random: Random): Draft {
  const fileId = random.pick([...SIGNED, FILE_ID.sod]);
  return flawed(`missing ${fileId.toString(16)}`, { kind: 'missing', fileId }, missingTo(fileId));
}

function missingTo(fileId: number): readonly Outcome[] {
  if (fileId === FILE_ID.sod || fileId === groupFileId(1)) return ['unverifiable'];
  // Keys that are signed and not there are a copy's (security C1).
  const keys = fileId === groupFileId(14) || fileId === groupFileId(15);
  return [keys ? 'cloned' : 'genuine'];
}

function wrongLength(random: Random): Draft {
  const fileId = random.pick([...SIGNED, FILE_ID.sod]);
  const by = random.pick([-100, -9, -1, 1, 9, 100]);
  const name = `wrong-length ${fileId.toString(16)} ${by}`;
  return flawed(name, { kind: 'wrong-length', fileId, by }, FALSE);
}

function hostile(random: Random): Draft {
  const fileId = random.pick([...SIGNED, FILE_ID.sod]);
  const shape = random.pick(SHAPES);
  const name = `hostile ${fileId.toString(16)} ${shape}`;
  return flawed(name, { kind: 'hostile-tlv', fileId, shape }, FALSE);
}

const FALSE = ['altered', 'cloned', 'unverifiable'] as const;

function unknownIssuer(): Draft {
  return flawed('unknown-issuer', { kind: 'unknown-issuer' }, ['issuer-unknown']);
}

function expiredSigner(): Draft {
  const days = { from: '2021-01-01', until: '2023-01-01' };
  return flawed('expired-signer', { kind: 'expired-signer', days }, ['unverifiable']);
}

function otherPerson(): Draft {
  return { name: 'other-person', shown: OTHER, allowed: [NOT_OPENED] };
}

/** Whatever hands do, the card that comes back is read from the start. */
function handled(random: Random): Draft {
  const does = random.pick(['lifts', 'lifts-and-lays', 'unplugs-and-plugs'] as const);
  const afterApdus = random.int(0, APDUS);
  const allowed = does === 'lifts' ? lateProof(afterApdus, ['gone']) : ['genuine'];
  return { name: does, hand: { does, afterApdus }, allowed };
}

/** By another genuine card, which is not the bearer's. */
function swapped(random: Random): Draft {
  const afterApdus = random.int(0, APDUS);
  const allowed = lateProof(afterApdus, [NOT_OPENED]);
  return { name: 'swapped', hand: { does: 'swaps', afterApdus }, allowed };
}

/** Once every proof was made, a card counts though the rest of it does not come. */
function lateProof(afterApdus: number, outcomes: readonly Outcome[]): readonly Outcome[] {
  return afterApdus < PROVEN_APDUS ? outcomes : ['genuine', ...outcomes];
}

const made = new Map<string, CardSpec>();

/** The card of a trial. Its photograph is `portrait`. */
export async function cardOf(
  { options, faults }: Pick<Trial, 'options' | 'faults'>,
  portrait: CardOptions['portrait'],
): Promise<CardSpec> {
  const key = JSON.stringify(options);
  const spec = made.get(key) ?? (await sampleCard({ ...options, portrait }, `cycles ${key}`));
  made.set(key, spec);
  return { ...spec, faults };
}
