import { parseYearFirst } from './civil-date.ts';
import { ABSENT, type Field, fieldOf, known, MISSING } from './identity-checks.ts';
import { cleanName } from './person-name.ts';
import { isPersonalNumber } from './personal-number.ts';
import type { Reading } from './reading.ts';
import type { Understood } from './understood.ts';

/**
 * The unified personal QR of Decision 1405/QD-BTTTT of 2021: `paper|NAME|yyyy-MM-dd|type|QID|EXT`, ASCII. The paper's
 * number has its first six characters masked by default; the key is the QID. EXT varies and is not read. Static and
 * printable: it identifies and authorises nothing. Null when the text is not built so.
 */
export function parsePersonalQr({ text, lettersLost }: Reading): Understood | null {
  const match =
    /^([0-9A-Za-z*]{1,20})\|([^|]{0,100})\|([0-9]{4}-[0-9]{2}-[0-9]{2})\|([^|]{0,20})\|([0-9A-Za-z._-]{1,64})(?:\|.*)?$/s.exec(
      text,
    );
  if (match === null) return null;
  const [, paper = '', name = '', birth = '', , qid = ''] = match;
  return {
    kind: 'personal-qr',
    fields: {
      number: paperNumber(paper),
      oldNumber: ABSENT,
      name: fieldOf(lettersLost ? null : name, cleanName),
      birth: fieldOf(birth, parseYearFirst),
      sex: ABSENT,
      issued: ABSENT,
    },
    oldNumbers: /^[0-9]{9}$/.test(paper) ? [paper] : [],
    qid,
    residence: null,
  };
}

/** Masked, a passport's or a CMND: then there is no personal number to go by. */
function paperNumber(paper: string): Field<string> {
  return isPersonalNumber(paper) ? known(paper) : MISSING;
}
