import type { Decodable } from '../../vision/decode-job.ts';

/** A code that the station shows itself, as rows of modules in hexadecimal: 1 is dark, the first module the highest bit. */
export type KnownCode = { readonly text: string; readonly rows: readonly string[] };

/** Nobody: the number has the test prefix 000, and the name is the one of Vietnamese specimen papers. */
const GOOD_TEXT =
  '000090424242||Nguyễn Văn Mẫu|02091990|Nam|Số 1, Phường Mẫu, Thành phố Mẫu|01012022';
/** The same with a birthday that no calendar has. */
const BAD_TEXT =
  '000090424242||Nguyễn Văn Mẫu|31021990|Nam|Số 1, Phường Mẫu, Thành phố Mẫu|01012022';

export const GOOD_CODE: KnownCode = {
  text: GOOD_TEXT,
  rows: [
    '1fda64a947f',
    '10539b9fe41',
    '1753bddb35d',
    '1746f25ca5d',
    '17538d88b5d',
    '1040e364841',
    '1fd5555557f',
    '000edddc700',
    '13f2f15cf97',
    '053bb4ae384',
    '00f46dc65a5',
    '1a3cb834e51',
    '09c70604762',
    '1a22ff7290d',
    '08ef579288b',
    '1a2ec57d7cd',
    '0f46e57e285',
    '07b72fd2cb0',
    '0b464f3c8bf',
    '06a473891d5',
    '10f8a7b0940',
    '091b73eb396',
    '07d11a3b59e',
    '1e897481d76',
    '0ed78fc2433',
    '1bb895af16d',
    '0a75468b619',
    '1598f6474c5',
    '065507eb44a',
    '1023b99fa2c',
    '1cc76df70d7',
    '18096498312',
    '1a47e897fff',
    '0017cb70f14',
    '1fde52aeb54',
    '105a5621d1a',
    '17544bf65fb',
    '17573c4a129',
    '1746c596215',
    '104ec3016d1',
    '1fdb654973c',
  ],
};

export const BAD_CODE: KnownCode = {
  text: BAD_TEXT,
  rows: [
    '1fda64a947f',
    '10539b9fe41',
    '1753bddb35d',
    '1747f25ca5d',
    '17529d88b5d',
    '1043c364941',
    '1fd5555557f',
    '000ccddc500',
    '13f0d15cf97',
    '053334ae384',
    '00fc6dc6da5',
    '1a387834a51',
    '0bd70604762',
    '1c32ff7290d',
    '0ecf579288b',
    '1e0ec57d7cd',
    '0b66e57e285',
    '06b72fd2cb0',
    '0b464f3c8bf',
    '0ea473891d5',
    '01f8a7b0940',
    '019863eb396',
    '07d01a3b59e',
    '1e8a7481d76',
    '0ed78fc2433',
    '1bb015af16d',
    '0a71868b619',
    '159076474c5',
    '0659c7eb44a',
    '1637f99fa2c',
    '1ac76df70d7',
    '1c196498312',
    '1e47e897fff',
    '0017cb70f14',
    '1fde52aeb54',
    '105a5621d1a',
    '17545bf65fb',
    '17542c4a129',
    '1745f597215',
    '104cf3036d1',
    '1fdb454b73c',
  ],
};

export const MODULES = 41;
const QUIET_MODULES = 4;
const PX_A_MODULE = 4;

/** The code on white, as a camera would see it at its best. */
export function frameOf({ rows }: KnownCode): Decodable {
  const side = (MODULES + 2 * QUIET_MODULES) * PX_A_MODULE;
  const data = new Uint8Array(side * side).fill(255);
  rows.forEach((row, y) => {
    const bits = BigInt(`0x${row}`);
    for (let x = 0; x < MODULES; x++) {
      if (((bits >> BigInt(MODULES - 1 - x)) & 1n) === 1n) darken(data, side, x, y);
    }
  });
  return { width: side, height: side, stride: side, data };
}

function darken(data: Uint8Array, side: number, x: number, y: number): void {
  const left = (x + QUIET_MODULES) * PX_A_MODULE;
  const top = (y + QUIET_MODULES) * PX_A_MODULE;
  for (let row = top; row < top + PX_A_MODULE; row++) {
    data.fill(0, row * side + left, row * side + left + PX_A_MODULE);
  }
}
