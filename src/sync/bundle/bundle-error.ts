import { InputError } from '../../kernel/errors.ts';

export type BundleRefusal =
  | 'bundle.malformed'
  /** It is sealed to another station. */
  | 'bundle.station'
  /** A part does not open: altered, out of its place, or of another bundle. */
  | 'bundle.sealed'
  | 'bundle.order'
  | 'bundle.too-long'
  /** It ends before its end. */
  | 'bundle.cut'
  | 'report.malformed'
  | 'report.signature';

/** What lies on a stick is not what it should be. `code` is for commands and logs. */
export class BundleError extends InputError {
  readonly code: BundleRefusal;

  constructor(code: BundleRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
