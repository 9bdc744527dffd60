import { onDestroy } from 'svelte';
import type { IconName } from '../ui/icons';

/** Something the palette offers beside the pages. */
export interface Command {
  text: string;
  icon?: IconName;
  act: () => void;
}

let offered = $state<{ list: () => Command[] }[]>([]);

/** What the pages that are shown offer at the moment. */
export const commands = (): Command[] => offered.flatMap((one) => one.list());

/** Has the palette offer commands while the component that calls this is shown. */
export function offer(list: () => Command[]): void {
  const one = { list };
  offered = [...offered, one];
  onDestroy(() => (offered = offered.filter((other) => other.list !== list)));
}
