/** What a device's reason code most likely comes from, and the exact next step: one sentence each. */
export type Advice = { readonly cause: string; readonly next: string };

/**
 * Every reason code that a driver can give (docs/devices.md), and nothing else: src/doctor/advice.test.ts holds both against
 * the sources and the page.
 */
const ADVICE: Readonly<Record<string, Advice>> = {
  'camera.no-ffmpeg': {
    cause: 'the program ffmpeg, which every camera needs, is not installed or cannot be started',
    next: 'apt install ffmpeg',
  },
  'camera.no-device': {
    cause: 'the camera is unplugged, or it got another number since it was plugged in again',
    next: 'plug it in, look with "ls -l /dev/v4l/by-id", and put that name into source',
  },
  'camera.no-source': {
    cause: 'source names a file, folder or stream that is not there',
    next: "compare source with the camera's own page, or with ls, and mend it",
  },
  'camera.busy': {
    cause: 'another program holds the camera',
    next: 'see which with "fuser -v /dev/video*" and stop it',
  },
  'camera.denied': {
    cause: 'user or password of the camera is refused, or its file or device may not be read',
    next: "mend the URL in sourceFile (0600); for a USB camera add the daemon's user to group video",
  },
  'camera.unreachable': {
    cause: 'the camera has no power or no network, or has another address',
    next: 'ping its address; look at cable, switch and power; it comes back by itself',
  },
  'camera.no-picture': {
    cause: 'it is connected and sends no picture: a wrong stream path, or key frames too far apart',
    next: "try the stream with ffplay on another machine, and set a key frame each second on the camera's page",
  },
  'camera.bad-picture': {
    cause: 'what it sends cannot be decoded: driver and source do not fit, or the line loses data',
    next: 'compare driver with what source sends; then another cable',
  },
  'camera.stalled': {
    cause:
      'the pictures stopped coming: a weak network, too little USB power, or a camera that hangs',
    next: 'if it happens often: another cable, a powered hub, or a shorter way to the switch',
  },
  'camera.lost': {
    cause: 'the stream ended: the camera restarted, or the network did',
    next: 'it comes back by itself; if it does not, switch the camera off and on',
  },
  'camera.ended': {
    cause: 'a recorded film or folder is through',
    next: 'set loop = true for a demo; a real lane needs a real camera',
  },
  'camera.covered': {
    cause:
      'one surface fills the view, or it went dark at once: something before the lens, or a lamp that failed',
    next: 'take away what hangs before the lens; at night look at the lamp first',
  },
  'camera.dark': {
    cause: 'too little light to read by',
    next: 'switch on the lamp, and look at its time switch',
  },
  'camera.glare': {
    cause: 'half of the view is white: the sun or a lamp shines into the lens',
    next: 'put a hood on, turn the lamp or the camera, lower the exposure',
  },
  'camera.moved': {
    cause: 'the view is not where it was: the camera was pushed or turned',
    next: 'aim it again with chot aim and tighten the mount; moved on purpose, it is accepted after 20 codes read',
  },
  'camera.blurred': {
    cause:
      'the empty view has lost half of its sharpness: dirt or water on the glass, or the focus has moved',
    next: 'wipe the glass; then focus again with chot aim and lock the ring',
  },
  'camera.unread': {
    cause: 'codes of several people were seen and none was read',
    next: 'wipe the glass, look at the lamp, then chot aim with the test sheet',
  },
  'camera.fault': {
    cause: 'a fault of this program in reading the camera',
    next: 'report the log line "bug" of journalctl -u chot-station; the camera is tried again by itself',
  },
  'reader.service-down': {
    cause: 'the card service pcscd does not run',
    next: 'apt install pcscd; systemctl enable --now pcscd.socket',
  },
  'reader.not-found': {
    cause: 'no reader is plugged in, or none has the name that the configuration says',
    next: 'plug it in, run "chot card list", and put a part of the printed name into name',
  },
  'reader.fault': {
    cause: 'the card service hung or died, or the reader does not answer',
    next: 'if it happens often: another USB port; look at journalctl -u pcscd',
  },
  'scanner.not-found': {
    cause: 'the scanner is unplugged, or path names another one',
    next: 'plug it in, look with "ls -l /dev/serial/by-id", and put that name into path',
  },
  'scanner.unplugged': {
    cause: 'its cable was pulled, or it lost power',
    next: 'plug it in again; it comes back by itself within 2 s',
  },
  'scanner.busy': {
    cause: 'another program has the port; on a desktop system it is mostly ModemManager',
    next: 'see which with "fuser -v" and the path; systemctl disable --now ModemManager',
  },
  'scanner.denied': {
    cause: "the daemon's user may not open the port",
    next: 'usermod -aG dialout chot, then systemctl restart chot-station',
  },
  'scanner.noise': {
    cause: 'what comes is not text: the wrong speed, parity or number of data bits',
    next: "scan the maker's code for 9600 baud, 8 data bits, no parity, or set baud to the scanner's",
  },
  'scanner.overlong': {
    cause: 'the scanner sends no end behind a code',
    next: 'scan the maker\'s code for "suffix CR" (chot doctor --setup scanner prints what to set)',
  },
  'scanner.keys-lost': {
    cause: 'the computer was too busy to take the keys of a scanner, and that code is gone',
    next: 'scan again; if it happens often: top shows what is busy',
  },
  'scanner.layout': {
    cause: 'the scanner types for another keyboard layout than US',
    next: "scan the maker's code for keyboard layout US (chot doctor --setup scanner)",
  },
  'scanner.wrong-device': {
    cause: 'path is no input device, a mouse, or a keyboard that a person types on',
    next: 'ls -l /dev/input/by-id with the scanner plugged in, and again without: the line that goes is it',
  },
  'scanner.fault': {
    cause: 'the port gave an error that has no name here',
    next: 'look at the log line "device-offline" in journalctl -u chot-station: is path a serial port at all?',
  },
  'board.not-found': {
    cause: 'the relay board is unplugged, or its port has another name',
    next: 'ls -l /dev/serial/by-id with the board plugged in and out: the line that goes is its path',
  },
  'board.unplugged': {
    cause: "the relay board's cable was pulled, or it lost power",
    next: 'plug it in again; it comes back by itself',
  },
  'board.unreachable': {
    cause: 'nothing answers at the address of the relay board: cable, power, address, or its port',
    next: 'ping its address; compare host and port with its own page; one program at a time on many boards',
  },
  'board.busy': {
    cause: "another program has the relay board's port",
    next: 'fuser -v on its path shows which: end that',
  },
  'board.denied': {
    cause: "the daemon may not open the relay board's port",
    next: 'usermod -aG dialout chot, and start the station again',
  },
  'board.fault': {
    cause: 'the path of the relay board leads to something that is no serial port',
    next: 'mend path; journalctl -u chot-station, line "device-offline", has the error',
  },
  'board.no-answer': {
    cause:
      'the relay board got a question and said nothing: no power, A and B swapped, wrong unit or baud',
    next: 'look at its lamps and wires; compare unit and baud with docs/devices/relay-boards.md',
  },
  'board.noise': {
    cause:
      'what comes is no Modbus: wrong baud, two boards with one unit, no termination, a bad cable',
    next: 'compare baud; give each board a unit of its own; 120 ohm at both ends of the line',
  },
  'board.wrong-unit': {
    cause: 'another board answers: two were given the same unit, or one its neighbour’s',
    next: 'plug the boards in one at a time, and set their units as the configuration says',
  },
  'board.refused': {
    cause: 'the relay board has no such output or input, or refuses the order',
    next: 'count its relays and inputs, and take the profile that fits (docs/devices/relay-boards.md)',
  },
  'board.not-done': {
    cause: 'the relay board takes orders, and its relay stays as it was',
    next: 'listen for its click; if there is none change the board; staff open by hand meanwhile',
  },
  'barrier.stuck': {
    cause:
      'the arm was told to open and its upper limit did not come: arm, motor, limit switch or wire',
    next: 'watch one opening; if the arm is up, mend limitOpen or travelMs, else the barrier',
  },
  'signal.no-answer': {
    cause:
      'the board of the light or buzzer did not answer an order: cable, power, or a wrong address',
    next: "look at the board's lamp and cable",
  },
  'signal.unplugged': {
    cause: 'a simulated signal was unplugged',
    next: 'plug it in again where it was unplugged (demo)',
  },
  'signal.no-player': {
    cause: 'the program aplay, which sounds need, is not installed',
    next: 'apt install alsa-utils',
  },
  'signal.no-sound-device': {
    cause: 'the sound card is unplugged, or device names another one',
    next: 'plug it in, look with "aplay -L", and put that name into device',
  },
  'signal.sound-busy': {
    cause: 'another program has the sound card',
    next: 'see which with "fuser -v /dev/snd/*" and stop it, or take dmix: instead of hw:',
  },
  'signal.sound-denied': {
    cause: "the daemon's user may not use the sound card",
    next: 'usermod -aG audio chot, then systemctl restart chot-station',
  },
  'signal.sound-stalled': {
    cause: 'the sound card was opened late or takes no samples',
    next: 'unplug it and plug it in again; then another USB port',
  },
  'signal.sound-fault': {
    cause: 'aplay gave an error that has no name here',
    next: 'look at the log line "device-offline" in journalctl -u chot-station',
  },
  'lamp.unplugged': {
    cause: 'a simulated lamp was unplugged',
    next: 'plug it in again where it was unplugged (demo)',
  },
};

/** Null for a code that no driver of this version gives. */
export function adviceFor(code: string): Advice | null {
  return ADVICE[code] ?? null;
}

export function advisedCodes(): readonly string[] {
  return Object.keys(ADVICE);
}
