export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const kept = 'kuzzle.language';

function chosen(): Language {
  const wanted = [localStorage.getItem(kept), ...navigator.languages];
  for (const one of wanted) {
    const language = one?.slice(0, 2).toLowerCase();
    if (language && language in languages) return language as Language;
  }
  return 'en';
}

class Chosen {
  #language = $state<Language>(chosen());

  get current(): Language {
    return this.#language;
  }

  set current(language: Language) {
    localStorage.setItem(kept, language);
    this.#language = language;
  }
}

export const language = new Chosen();

/**
 * The texts of a page, which follow the language while they are shown. English says
 * which there are; a language that lacks one does not compile.
 */
export function phrases<T extends object>(texts: Record<Language, T>): T {
  return new Proxy(texts.en, { get: (_, key) => Reflect.get(texts[language.current], key) });
}

/** A formatter of the present language. They cost much to make, and a page of users asks a hundred times. */
function once<T>(make: (language: Language) => T): () => T {
  const made: { [language in Language]?: T } = {};
  return () => (made[language.current] ??= make(language.current));
}
const dates = once((language) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }));
const numbers = once((language) => new Intl.NumberFormat(language));
const relative = once((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));

/** A time in epoch milliseconds as people write it. */
export const time = (at: number): string => dates().format(at);

export const number = (n: number): string => numbers().format(n);

const spans = [['year', 31_536e6], ['month', 2_628e6], ['day', 864e5], ['hour', 36e5], ['minute', 6e4]] as const;

/** How long ago a time in epoch milliseconds is. */
export function ago(at: number, now = Date.now()): string {
  for (const [unit, length] of spans) {
    if (Math.abs(now - at) >= length) return relative().format(Math.round((at - now) / length), unit);
  }
  return relative().format(0, 'minute');
}
