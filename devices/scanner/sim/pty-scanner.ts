import { PtyCable } from '../../serial/sim/pty-cable.ts';

export { ptyObstacle } from '../../serial/sim/pty-cable.ts';

/** A scanner's cable: whatever is sent comes out of the serial port at its path. */
export class PtyScanner extends PtyCable {}
