import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';

const LABEL = 'chot/policy/v1';
const JSON_BYTES_MAX = 65_536;

/** The hub's signed policy; `json` has the keys of the configuration's `[policy]` and is still to be validated. */
export type SignedPolicy = {
  readonly region: string;
  readonly version: number;
  readonly issuedMs: number;
  readonly notAfterMs: number;
  readonly json: string;
};

/** Body of a statement signed by a `policy` key. */
export function encodePolicy(policy: SignedPolicy): Uint8Array {
  const { region, version, issuedMs, notAfterMs, json } = policy;
  return canonicalBytes([LABEL, region, version, issuedMs, notAfterMs, json]);
}

/** Throws InputError. */
export function decodePolicy(body: Uint8Array): SignedPolicy {
  const reader = new CanonicalReader(body, 'policy');
  reader.label(LABEL);
  const policy = {
    region: readId(reader),
    version: reader.uint64(),
    issuedMs: reader.uint64(),
    notAfterMs: reader.uint64(),
    json: reader.text(JSON_BYTES_MAX),
  };
  reader.end();
  if (policy.version < 1) throw reader.unfit('a version from 1 on');
  return policy;
}
