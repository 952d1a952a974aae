import { isUtf8 } from 'node:buffer';
import type { InputRecord } from './input-records.ts';
import { EV, KEY, KEYPAD_DIGITS, SYN, US_KEYS } from './key-codes.ts';

/**
 * `lost`: the kernel had no room for keys and dropped some; `layout`: keys that no scanner with a US layout presses;
 * `no-keyboard`: what came is from a mouse, a touch screen, or no input device at all.
 */
export type KeyEvent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'lost' | 'layout' | 'no-keyboard' };

const CR = 0x0d;
/** In no code, so that whatever frame it stands in is dropped as noise. */
const POISON = Uint8Array.of(0x00);
/** The largest code point has seven digits. */
const ALT_DIGITS_MAX = 7;
const CODE_POINT_MAX = 0x10ffff;

const MODIFIERS: ReadonlyMap<number, 'shift' | 'control' | 'alt' | 'altgr' | 'meta'> = new Map([
  [KEY.LEFTSHIFT, 'shift'],
  [KEY.RIGHTSHIFT, 'shift'],
  [KEY.LEFTCTRL, 'control'],
  [KEY.RIGHTCTRL, 'control'],
  [KEY.LEFTALT, 'alt'],
  [KEY.RIGHTALT, 'altgr'],
  [KEY.LEFTMETA, 'meta'],
  [KEY.RIGHTMETA, 'meta'],
]);

/** Enter and Tab end a frame, wherever they are; the others stand for the control characters of their names. */
const CONTROL_KEYS: ReadonlyMap<number, number> = new Map([
  [KEY.ENTER, CR],
  [KEY.KPENTER, CR],
  [KEY.TAB, CR],
  [KEY.BACKSPACE, 0x08],
  [KEY.ESC, 0x1b],
]);

/**
 * Turns a keyboard-wedge scanner's key codes into the bytes it read. The desktop's keyboard layout and input method have no
 * part in it. Characters that no key types come as Alt and their number on the keypad: with a leading zero a byte, else a
 * code point; bytes that are no UTF-8 are Windows-1252, and everything leaves in UTF-8.
 */
export class KeyReader {
  readonly #down = new Set<number>();
  #isCapital = false;
  /** Digits typed since Alt went down. */
  #altDigits = '';
  /** Bytes spelled by Alt, which may be the parts of one character. */
  #spelled: number[] = [];
  /** After SYN_DROPPED the rest of that report is of no use. */
  #isSkipping = false;

  take({ type, code, value }: InputRecord): KeyEvent | null {
    if (type === EV.SYN) return this.#synchronise(code);
    if (this.#isSkipping) return null;
    if (type === EV.KEY) return this.#key(code, value);
    const isForeign = type === EV.REL || type === EV.ABS || type > EV.MAX;
    return isForeign ? { kind: 'no-keyboard' } : null;
  }

  /** Bytes that are still held back because more may belong to them. */
  flush(): Uint8Array {
    const bytes = Uint8Array.from(this.#spelled);
    this.#spelled = [];
    if (bytes.length === 0 || isUtf8(bytes)) return bytes;
    return new TextEncoder().encode(new TextDecoder('windows-1252').decode(bytes));
  }

  #synchronise(code: number): KeyEvent | null {
    if (code === SYN.REPORT) this.#isSkipping = false;
    if (code !== SYN.DROPPED) return null;
    this.#isSkipping = true;
    // Which keys are down can only be asked by ioctl; a scanner lets all of them go within a few milliseconds.
    this.#down.clear();
    this.#altDigits = '';
    this.#spelled = [];
    return { kind: 'lost' };
  }

  #key(code: number, value: number): KeyEvent | null {
    const isPressed = value === 1;
    if (MODIFIERS.has(code)) {
      if (isPressed) this.#down.add(code);
      else if (value === 0) this.#down.delete(code);
      return code === KEY.LEFTALT && value !== 2 ? this.#alt(isPressed) : null;
    }
    // A key that is held down repeats itself, which says nothing new.
    if (!isPressed || code === KEY.NUMLOCK || code === KEY.SCROLLLOCK) return null;
    if (code === KEY.CAPSLOCK) {
      this.#isCapital = !this.#isCapital;
      return null;
    }
    if (this.#has('altgr') || code === KEY.KEY_102ND) return { kind: 'layout' };
    return this.#has('alt') ? this.#altDigit(code) : this.#typed(code);
  }

  #alt(isPressed: boolean): KeyEvent | null {
    const digits = this.#altDigits;
    this.#altDigits = '';
    if (isPressed || digits === '') return null;
    const value = Number(digits);
    if (digits.length > ALT_DIGITS_MAX || value > CODE_POINT_MAX) return this.#give(POISON);
    if (digits.startsWith('0') && value <= 0xff) {
      this.#spelled.push(value);
      return null;
    }
    return this.#give(new TextEncoder().encode(String.fromCodePoint(value)));
  }

  #altDigit(code: number): KeyEvent | null {
    const digit = KEYPAD_DIGITS.get(code);
    if (digit === undefined) return this.#give(POISON);
    if (this.#altDigits.length <= ALT_DIGITS_MAX) this.#altDigits += digit;
    return null;
  }

  #typed(code: number): KeyEvent {
    const control = CONTROL_KEYS.get(code);
    if (control !== undefined) return this.#give(Uint8Array.of(control));
    const key = US_KEYS.get(code);
    if (key === undefined || this.#has('meta')) return this.#give(POISON);
    if (this.#has('control')) return this.#give(controlByte(key.shifted, key.plain));
    const isLetter = /[a-z]/.test(key.plain);
    const isShifted = this.#has('shift') !== (isLetter && this.#isCapital);
    return this.#give(Buffer.from(isShifted ? key.shifted : key.plain, 'latin1'));
  }

  #give(bytes: Uint8Array): KeyEvent {
    return { kind: 'bytes', bytes: Buffer.concat([this.flush(), bytes]) };
  }

  #has(modifier: 'shift' | 'control' | 'alt' | 'altgr' | 'meta'): boolean {
    for (const code of this.#down) if (MODIFIERS.get(code) === modifier) return true;
    return false;
  }
}

/** Control and a letter or one of `@[\]^_`, as in ASCII: GS is Control and `]`. */
function controlByte(...signs: readonly string[]): Uint8Array {
  for (const sign of signs) {
    const code = sign.charCodeAt(0);
    if (code >= 0x40 && code <= 0x5f) return Uint8Array.of(code & 0x1f);
  }
  return POISON;
}
