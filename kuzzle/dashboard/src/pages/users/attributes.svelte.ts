import { rights } from '../../api/rights.svelte';
import { call } from '../../api/session.svelte';

type Need = 'off' | 'on' | 'required';
const path = 'clerk.attributes.';

/**
 * What the instance asks of users, as the settings say: a function of the name of an
 * attribute. Who may not read the settings is asked for nothing, and the server judges.
 */
export function attributes(): (name: string) => Need {
  let needs = $state<Record<string, Need>>({});
  if (rights.may('settings:list')) {
    call('settings:list').then(({ hits }) => {
      needs = Object.fromEntries(hits.filter(({ key }) => key.startsWith(path)).map(({ key, value }) => [key.slice(path.length), value as Need]));
    }, () => {});
  }
  return (name) => needs[name] ?? 'on';
}
