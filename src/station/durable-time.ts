import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readIfThere, replaceFile } from './durable-file.ts';
import type { DurableTime } from './time-keeper.ts';

const Shape = Type.Object(
  {
    lastMs: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
    uncertaintyMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    signedMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
    wallErrorMs: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** What the station last knew of the time; null at a first start, or when the file is damaged: then nobody knows. */
export function readDurableTime(dataDir: string): DurableTime | null {
  const text = readIfThere(fileOf(dataDir));
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(Shape, value) ? value : null;
  } catch {
    return null;
  }
}

export function writeDurableTime(dataDir: string, time: DurableTime): void {
  replaceFile(fileOf(dataDir), `${JSON.stringify(time)}\n`);
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'time.json');
}

/** Linux sets the system's time from the battery clock at boot where there is one. */
export function hasBatteryClock(): boolean {
  return existsSync('/sys/class/rtc/rtc0');
}
