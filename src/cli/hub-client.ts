import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { openHubDirectory, resolveHubDir } from '../hub/hub-directory.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import { hubUrl } from '../sync/enrolment/enrolment.ts';
import { NotTheHub } from '../sync/line/hub-identity.ts';
import type { CliIo } from './cli-io.ts';
import {
  callHub,
  type HubAddress,
  type HubReply,
  type HubRequest,
  NoConnection,
  NoReply,
} from './hub-call.ts';
import { readTextFile } from './hub-common.ts';
import { readable } from './register-common.ts';

export type HubApiOptions = {
  readonly hub?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly data?: string;
  readonly json?: boolean;
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const URL_HERE = 'https://localhost:8443';
const Refusal = Type.Object({ code: Type.String(), message: Type.String() });

/** For commands that ask the running hub over its operators' interface, from any machine. */
export function withHubApi(command: Command): Command {
  return command
    .option('--hub <url>', `the hub's address, instead of CHOT_HUB_URL or ${URL_HERE}`)
    .option(
      '--token-file <file>',
      "the operator's token, instead of CHOT_HUB_TOKEN_FILE or the token itself in CHOT_HUB_TOKEN",
    )
    .option(
      '--ca <file>',
      "certificates of the hub's authorities, instead of CHOT_HUB_CA or those in the hub directory",
    )
    .option('--data <dir>', 'hub directory, instead of CHOT_HUB_DATA')
    .option('--json', 'JSON lines and nothing else');
}

/** The operators' interface as whoever has the token. Throws ConfigError, InputError, or Error for a fault of the hub's. */
export class HubClient {
  readonly #io: CliIo;
  readonly #address: HubAddress;

  constructor(io: CliIo, options: HubApiOptions) {
    this.#io = io;
    this.#address = {
      url: urlFrom(options.hub ?? io.env['CHOT_HUB_URL'] ?? URL_HERE),
      token: tokenFrom(io, options),
      authorities: authoritiesFrom(io, options),
    };
  }

  /** An answer of this shape, with whatever status it comes. */
  async ask<Schema extends TSchema>(request: HubRequest, schema: Schema): Promise<Static<Schema>> {
    const reply = await this.#call(request);
    const body = jsonOf(reply.text);
    if (Value.Check(schema, body)) return body as Static<Schema>;
    throw refusal(reply.status, body, this.#address.url);
  }

  /** Something that is answered by its being done. */
  async tell(request: HubRequest): Promise<void> {
    const { status, text } = await this.#call(request);
    if (status !== 204) throw refusal(status, jsonOf(text), this.#address.url);
  }

  async #call(request: HubRequest): Promise<HubReply> {
    try {
      const { signal } = this.#io;
      return await callHub(this.#address, request, { clock: systemClock, signal });
    } catch (error) {
      throw this.#io.signal.aborted ? givenUp(error) : told(error, this.#address.url);
    }
  }
}

function urlFrom(text: string): URL {
  const url = hubUrl(text);
  if (url !== null) return url;
  throw new ConfigError(`--hub or CHOT_HUB_URL: expected https://host[:port], came ${text}`);
}

function tokenFrom(io: CliIo, { tokenFile }: HubApiOptions): string {
  const file = tokenFile ?? io.env['CHOT_HUB_TOKEN_FILE'];
  const token = file === undefined ? io.env['CHOT_HUB_TOKEN'] : secretIn(file);
  if (token === undefined || token === '') {
    throw new ConfigError(
      "no operator's token: name its file with --token-file or CHOT_HUB_TOKEN_FILE, or put it into CHOT_HUB_TOKEN; 'chot hub operator add' prints one",
    );
  }
  if (/^[A-Za-z0-9_-]{1,128}$/.test(token)) return token;
  throw new ConfigError(
    `${file ?? 'CHOT_HUB_TOKEN'}: expected a token as 'chot hub operator add' prints it, and nothing else`,
  );
}

function secretIn(file: string): string {
  const { mode } = readable(file, () => statSync(file));
  if ((mode & 0o077) !== 0) {
    throw new ConfigError(`${file} can be read by other users: run chmod 600 ${file}`);
  }
  return readTextFile(file).trim();
}

function authoritiesFrom(io: CliIo, { ca, data }: HubApiOptions): readonly Uint8Array[] {
  const file = ca ?? io.env['CHOT_HUB_CA'];
  const texts = file === undefined ? authoritiesHere(io, data) : [readTextFile(file)];
  const found = texts.flatMap((text) => text.match(CERTIFICATE) ?? []);
  try {
    if (found.length > 0) return found.map((pem) => new X509Certificate(pem).raw);
  } catch {
    // Told below.
  }
  throw new ConfigError(
    `${file ?? 'the hub directory'}: expected certificates in PEM: copy keys/authority-1.pem of the hub, which is no secret`,
  );
}

function authoritiesHere(io: CliIo, data: string | undefined): readonly string[] {
  const path = resolveHubDir({ option: data, env: io.env, config: undefined });
  try {
    const directory = openHubDirectory(path);
    return directory
      .authorityNumbers()
      .map((number) => directory.text(`authority-${number}.pem`) ?? '');
  } catch (cause) {
    throw new ConfigError(
      `whom to believe that it is the hub cannot be read in ${path}: name a copy of its keys/authority-1.pem with --ca or CHOT_HUB_CA, or the hub directory with --data`,
      { cause },
    );
  }
}

function told(error: unknown, { origin }: URL): unknown {
  if (error instanceof NotTheHub) {
    return new ConfigError(
      `what answers at ${origin} is not this hub (${error.message}): check --hub, and --ca, which names the hub's authority`,
      { cause: error },
    );
  }
  if (error instanceof NoReply) {
    return new Error(
      `the hub at ${origin} took the request and did not answer (${error.message}): it may be done all the same, look before you repeat it`,
      { cause: error },
    );
  }
  if (!(error instanceof NoConnection)) return error;
  return new ConfigError(
    `no hub answers at ${origin} (${error.message}): start it with 'chot hub --config FILE', or name its address with --hub or CHOT_HUB_URL`,
    { cause: error },
  );
}

function givenUp(cause: unknown): Error {
  return new Error('given up: it may be done all the same, look before you repeat it', { cause });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function refusal(status: number, body: unknown, { origin }: URL): Error {
  const { code, message } = Value.Check(Refusal, body) ? body : { code: '', message: '' };
  if (status === 401) {
    return new ConfigError(
      `the hub at ${origin} does not know this token: its operator was ended, or it is another hub's: 'chot hub operator list', 'chot hub operator add'`,
    );
  }
  if (status === 403) {
    return new ConfigError(
      `the token's operator may not do that (${message}): use another one's, or 'chot hub operator add' with that role`,
    );
  }
  if (status === 408 || status === 413) {
    return new InputError(`the hub at ${origin} takes no body that is so long or comes so slowly`);
  }
  if (code === '' || code === 'http.unknown') {
    return new Error(
      `the answer of ${origin} (status ${status}) is not understood: hub and command are of different versions, or something else answers there`,
    );
  }
  if (status >= 500) return new Error(`${message} (${code}): repeat it, then look there`);
  return new InputError(message);
}
