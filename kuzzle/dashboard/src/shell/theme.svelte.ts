export type Theme = 'auto' | 'light' | 'dark';

const kept = 'kuzzle.theme';

class Chosen {
  #theme = $state<Theme>('auto');

  constructor() {
    const theme = localStorage.getItem(kept);
    if (theme === 'light' || theme === 'dark') this.current = theme;
  }

  get current(): Theme {
    return this.#theme;
  }

  set current(theme: Theme) {
    this.#theme = theme;
    if (theme === 'auto') localStorage.removeItem(kept);
    else localStorage.setItem(kept, theme);
    document.documentElement.dataset.theme = theme;
  }
}

export const theme = new Chosen();
