import { writeFileSync } from 'node:fs';
import { loadScannerProfile, scannerProfileNames } from '../../devices/scanner/scanner-profile.ts';
import { type SetupProfile, scannerSetupPage } from '../doctor/scanner-setup/setup-page.ts';
import { ConfigError } from '../kernel/errors.ts';
import { type CliIo, EXIT } from './cli-io.ts';

export type SetupOptions = {
  /** What to set up; more may follow. */
  readonly setup: 'scanner';
  readonly profile?: string;
  readonly out?: string;
};

/** `chot doctor --setup scanner`: a page to print, with the codes that set a scanner up and one to try it with. */
export function doctorSetup(io: CliIo, { profile, out }: SetupOptions): void {
  const page = scannerSetupPage(profilesOf(profile));
  if (out === undefined) {
    io.out(page);
  } else {
    write(out, page);
    io.tell(`${out}: open it in a browser and print it on A4, at 100 %`);
  }
  io.exit(EXIT.done);
}

function write(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(
      `--out ${file}: cannot be written (${code}); name a file in a folder that is there and yours`,
    );
  }
}

function profilesOf(wanted: string | undefined): readonly SetupProfile[] {
  const names = wanted === undefined ? scannerProfileNames() : [wanted];
  const found = names.map((name) => ({ name, profile: loadScannerProfile(name) }));
  const printable = found.filter(({ profile }) => profile.setup !== null);
  if (printable.length === 0) {
    throw new ConfigError(
      `--profile ${wanted}: has nothing to print; it only says how codes are framed`,
    );
  }
  return printable;
}
