import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { storeVersion } from '../chip/trust/trust-store.ts';
import { type FilesVerdict, verifyFiles } from '../chip/verify-files.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { readSavedFolder } from '../station/saved-card-files.ts';
import { systemClock } from '../station/system-clock.ts';
import { readTrust } from '../station/trust-files.ts';
import { authenticityRows, authenticityShape, fileRow } from './card-output.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { dataDirOf, type Options, withOptions } from './register-common.ts';

type VerifyOptions = Options & { readonly exportSigner?: string };

const HELP = `
DIR holds files of one chip as they were read: EF_SOD.bin, EF_COM.bin, DG1.bin to DG16.bin, or named by their file id (011D.bin,
0101.bin). Other names are passed over; links are not followed.
Saved files say nothing of the chip they came from: the best they earn is chip-not-proven.
Exit status: 3 whenever EF.SOD was understood, 4 when there is none or it is no signed data.`;

/** `chot card verify`. */
export function verifyCommand(io: CliIo): Command {
  return withOptions(
    new Command('verify')
      .description(
        'tell from saved files of a chip whether they are what their issuer signed; off line',
      )
      .argument('<dir>', 'folder of EF_SOD.bin, DG1.bin, ...')
      .option(
        '--export-signer <file>',
        "new file for the signer's certificate (DER), for a check elsewhere",
      )
      .addHelpText('after', HELP),
  ).action((folder: string, options: VerifyOptions) => {
    const saved = readSavedFolder(folder);
    const store = readTrust(dataDirOf(io, options));
    const verdict = verifyFiles(store, saved.files, systemClock.wallMs());
    if (verdict === null) {
      throw new InputError(
        `${folder} has no EF_SOD.bin (or 011D.bin): without it nothing is signed`,
      );
    }
    if (saved.passedOver > 0)
      io.tell(`chot card verify: ${saved.passedOver} other name(s) passed over`);
    if (options.exportSigner !== undefined) exportSigner(verdict, options.exportSigner);
    const version = storeVersion(store);
    const lines = options.json === true ? jsonLines(verdict, version) : textLines(verdict, version);
    for (const line of lines) io.out(line);
    io.exit(verdict.understood ? EXIT.look : EXIT.notUnderstood);
  });
}

function exportSigner({ signerCertificate }: FilesVerdict, path: string): void {
  if (signerCertificate === null)
    throw new InputError('EF.SOD names no signer whose certificate is there');
  try {
    writeFileSync(path, signerCertificate.der, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${path} cannot be made (${code}): name a new file`, { cause: error });
  }
}

function jsonLines(verdict: FilesVerdict, trustVersion: string): string[] {
  const files = verdict.files.map(({ file, bytes, hash }) => ({ file: file.name, bytes, hash }));
  return [...files, authenticityShape(verdict, trustVersion)].map((line) => JSON.stringify(line));
}

function textLines(verdict: FilesVerdict, trustVersion: string): string[] {
  return [
    ...verdict.files.map(({ file, bytes, hash }) => fileRow(file.name, bytes, hash)),
    ...authenticityRows(verdict, trustVersion),
  ];
}
