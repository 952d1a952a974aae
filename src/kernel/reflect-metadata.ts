/**
 * The three functions of the withdrawn metadata proposal that tsyringe, beneath @peculiar/x509, asks for when it is loaded.
 * To be imported before it.
 */
type Metadata = Map<string | symbol, unknown>;
type WithMetadata = typeof Reflect & {
  getMetadata?: (key: string | symbol, target: object) => unknown;
  getOwnMetadata?: (key: string | symbol, target: object) => unknown;
  defineMetadata?: (key: string | symbol, value: unknown, target: object) => void;
};

const kept = new WeakMap<object, Metadata>();
const reflect: WithMetadata = Reflect;

if (reflect.getMetadata === undefined) {
  reflect.getOwnMetadata = (key, target) => kept.get(target)?.get(key);
  reflect.getMetadata = (key, target) => {
    let at: object | null = target;
    while (at !== null && kept.get(at)?.has(key) !== true) at = Reflect.getPrototypeOf(at);
    return at === null ? undefined : kept.get(at)?.get(key);
  };
  reflect.defineMetadata = (key, value, target) => {
    const metadata: Metadata = kept.get(target) ?? new Map();
    kept.set(target, metadata.set(key, value));
  };
}
