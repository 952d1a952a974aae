// The native addon, and nothing else: the name stands for better-sqlite3-multiple-ciphers (see package.json).
import Sqlite from 'better-sqlite3';

export type { Database } from 'better-sqlite3';
export { Sqlite };
