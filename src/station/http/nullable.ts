import { Type } from 'typebox';

/** `type`, or null where there is none. */
export const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
