/** The place within the dashboard: the browser's address below /dashboard. */
const base = '/dashboard';

class Place {
  path = $state('/');
  query = $state(new URLSearchParams());
  #guards = new Set<() => boolean>();

  constructor() {
    this.#read();
    addEventListener('popstate', () => {
      if (this.#left()) this.#read();
      else history.pushState(null, '', this.#address);
    });
    addEventListener('beforeunload', (event) => {
      if ([...this.#guards].some((unsaved) => unsaved())) event.preventDefault();
    });
    // Links go without a new page, but for those that are to open elsewhere.
    addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a');
      if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target || link.download) return;
      if (link.origin !== location.origin || !link.pathname.startsWith(`${base}/`)) return;
      event.preventDefault();
      this.go(link.pathname.slice(base.length) + link.search);
    });
  }

  /** Goes to a place, such as "/users". */
  go(to: string, { replace = false } = {}): void {
    if (!replace && !this.#left()) return;
    history[replace ? 'replaceState' : 'pushState'](null, '', base + to);
    this.#read();
    if (!replace) scrollTo(0, 0);
  }

  /** Asks before a place with unsaved changes is left; asked is what asks the user. */
  guard(unsaved: () => boolean): () => void {
    this.#guards.add(unsaved);
    return () => this.#guards.delete(unsaved);
  }

  /** What the user is asked before unsaved changes are lost. */
  question = '';
  #address = location.href;

  #left(): boolean {
    return ![...this.#guards].some((unsaved) => unsaved()) || confirm(this.question);
  }

  #read(): void {
    this.#address = location.href;
    this.path = location.pathname.slice(base.length) || '/';
    this.query = new URLSearchParams(location.search);
  }
}

export const place = new Place();

/** The address of a place, for links; parts are escaped. */
export const to = (strings: TemplateStringsArray, ...parts: string[]): string => base + String.raw({ raw: strings }, ...parts.map(encodeURIComponent));

/** What a path gives for the names of a pattern such as "/users/:id"; null where it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return null;
  const named: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    let value;
    try {
      value = decodeURIComponent(given[i]!);
    } catch {
      return null;
    }
    if (part.startsWith(':')) named[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return named;
}
