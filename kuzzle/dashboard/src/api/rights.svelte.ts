import type { Right } from './answers';
import type { Action } from './client';
import { call } from './session.svelte';

/** What whoever is signed in may do: pages offer nothing else. The server judges. */
class Rights {
  #list = $state<Right[]>([]);

  async read(): Promise<void> {
    this.#list = (await call('auth:getMyRights')).hits;
  }

  may(action: Action): boolean {
    const [controller, name] = action.split(':');
    const fits = (said: string, asked: string | undefined) => said === '*' || said === asked;
    return this.#list.some((right) => right.value === 'allowed' && fits(right.controller, controller) && fits(right.action, name));
  }
}

export const rights = new Rights();
