import type { Right } from './answers';
import type { Action } from './client';
import { call } from './session.svelte';

/** What whoever is signed in may do: pages offer nothing else. The server judges. */
class Rights {
  #list = $state<Right[]>([]);

  async read(): Promise<void> {
    this.#list = (await call('auth:getMyRights')).hits;
  }

  /** Whether everything is allowed, which some actions ask for beyond their own right. */
  get all(): boolean {
    return this.#list.some((right) => right.value === 'allowed' && [right.controller, right.action, right.index, right.collection].every((said) => said === '*'));
  }

  may(action: Action): boolean {
    const [controller, name] = action.split(':');
    const fits = (said: string, asked: string | undefined) => said === '*' || said === asked;
    return this.#list.some((right) => right.value === 'allowed' && fits(right.controller, controller) && fits(right.action, name));
  }
}

export const rights = new Rights();
