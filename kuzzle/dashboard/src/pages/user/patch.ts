type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What the server has to merge into one object so that it becomes another: members that
 * are gone are null, and those that stay as they are do not come along.
 */
export function patch(from: Members, to: Members): Members {
  const change: Members = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) set(change, key, null);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (same(before, value)) continue;
    set(change, key, isObject(before) && isObject(value) ? patch(before, value) : value);
  }
  return change;
}

/** Sets a member of any name: plain assignment would take "__proto__" for something else. */
function set(of: Members, key: string, value: unknown): void {
  Object.defineProperty(of, key, { value, enumerable: true, configurable: true, writable: true });
}
