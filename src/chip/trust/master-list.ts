import { members, need, readOnly, TAG, walk } from '../der.ts';
import { parseSignedData, type SignedData } from '../lds/signed-data.ts';
import { ProtocolError } from '../protocol-error.ts';
import { type Certificate, parseCertificate, sha256 } from './certificate.ts';
import { verifyChain } from './chain.ts';
import { type Check, check } from './check.ts';
import { verifyCms } from './cms-signature.ts';
import type { Purpose, TrustStore } from './trust-store.ts';

/** A CSCA master list (ICAO 9303-12, 9), read and its signature checked. */
export type MasterList = {
  /** Of the file, lower-case hex: what an operator may type instead of a signer's chain. */
  readonly sha256: string;
  /** Why it counts, or null: it does not, and nothing of it may be pinned (security C6). */
  readonly accepted: 'signer' | 'sha256' | null;
  readonly checks: readonly Check[];
  readonly certificates: readonly Certificate[];
  /** Those of the list that could not be read, by place from 0. */
  readonly unreadable: readonly { readonly index: number; readonly code: string }[];
};

export type MasterListQuestion = {
  /** Only anchors of the same purpose vouch for new ones. */
  readonly purpose: Purpose;
  readonly nowMs: number;
  /** Typed by the operator, or null. */
  readonly sha256: string | null;
};

const MASTER_LIST = '2.23.136.1.1.2';
const MASTER_LIST_BYTES_MAX = 32 * 1_024 * 1_024;
/** ICAO's own has some 600. */
const CERTIFICATES_MAX = 5_000;

/** Throws ProtocolError for bytes that are no master list; single certificates that cannot be read are told. */
export function readMasterList(
  bytes: Uint8Array,
  store: TrustStore,
  question: MasterListQuestion,
): MasterList {
  if (bytes.length > MASTER_LIST_BYTES_MAX) {
    throw new ProtocolError(
      'master-list.size',
      `a master list of ${bytes.length} bytes: ${MASTER_LIST_BYTES_MAX} at most`,
    );
  }
  const signed = parseSignedData(bytes);
  if (signed.contentType !== MASTER_LIST) {
    throw new ProtocolError(
      'master-list.content-type',
      `content ${signed.contentType} is no CSCA master list`,
    );
  }
  const { chained, checks } = judgeSigner(signed, store, question);
  const digest = sha256(bytes);
  const typed = question.sha256?.toLowerCase() === digest;
  return {
    sha256: digest,
    accepted: chained ? 'signer' : typed ? 'sha256' : null,
    checks: [
      ...checks,
      question.sha256 === null
        ? { code: 'master-list.sha256', outcome: 'skipped' }
        : check('master-list.sha256', typed),
    ],
    ...readCertificates(signed.content),
  };
}

function judgeSigner(
  signed: SignedData,
  store: TrustStore,
  { purpose, nowMs }: MasterListQuestion,
) {
  const [signer, ...more] = signed.signers;
  if (signer === undefined || more.length > 0) {
    return { chained: false, checks: [check('master-list.one-signer', false)] };
  }
  const cms = verifyCms('master-list', { ...signed, signer });
  const oneSigner = check('master-list.one-signer', true);
  if (cms.signerCertificate === null) {
    return { chained: false, checks: [oneSigner, ...cms.checks] };
  }
  const { chain, checks } = verifyChain(store, {
    leaf: cms.signerCertificate,
    others: [],
    role: 'master-list-signer',
    purpose,
    issuingState: null,
    issuedMs: cms.signedMs,
    nowMs,
  });
  const holds = cms.checks.every(({ outcome }) => outcome === 'passed');
  return { chained: holds && chain === 'valid', checks: [oneSigner, ...cms.checks, ...checks] };
}

/** CscaMasterList: version, SET OF Certificate; the list is walked one by one, for it may have thousands. */
function readCertificates(content: Uint8Array): Pick<MasterList, 'certificates' | 'unreadable'> {
  const [version, list] = members(
    readOnly(content, TAG.sequence, 'master list'),
    TAG.sequence,
    'master list',
  );
  need(version, TAG.integer, 'master list, version');
  const certificates: Certificate[] = [];
  const unreadable: { index: number; code: string }[] = [];
  let index = 0;
  for (const each of walk(
    need(list, TAG.set, 'master list').value,
    CERTIFICATES_MAX,
    'master list',
  )) {
    try {
      certificates.push(parseCertificate(each.raw));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      unreadable.push({ index, code: error.code });
    }
    index++;
  }
  return { certificates, unreadable };
}
