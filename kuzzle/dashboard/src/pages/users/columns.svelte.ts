import { users as text } from '../../texts/users';

/** A column of the list beside the name. `by` is what the server sorts by. */
export interface Column {
  key: 'identifiers' | 'profiles' | 'state' | 'strategies' | 'createdAt' | 'updatedAt' | 'lastSignInAt';
  title: () => string;
  by?: string;
  /** Times come latest first. */
  time?: boolean;
}

export const columns: Column[] = [
  { key: 'identifiers', title: () => text.identifiers, by: 'username' },
  { key: 'profiles', title: () => text.profiles },
  { key: 'state', title: () => text.state },
  { key: 'strategies', title: () => text.strategies },
  { key: 'createdAt', title: () => text.created, by: 'createdAt', time: true },
  { key: 'updatedAt', title: () => text.updated, by: 'updatedAt', time: true },
  { key: 'lastSignInAt', title: () => text.lastSignIn, by: 'lastSignInAt', time: true },
];

const kept = 'kuzzle.users.hidden';
const usually = ['strategies', 'updatedAt'];

/** Which columns are shown, as chosen in this browser. */
class Shown {
  #hidden = $state<string[]>((localStorage.getItem(kept) ?? usually.join()).split(','));

  has(key: string): boolean {
    return !this.#hidden.includes(key);
  }

  toggle(key: string): void {
    this.#hidden = this.has(key) ? [...this.#hidden, key] : this.#hidden.filter((one) => one !== key);
    localStorage.setItem(kept, this.#hidden.join());
  }
}

export const shownColumns = new Shown();
