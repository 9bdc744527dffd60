import de from './de/settings';
import en from './en/settings';
import { phrases } from './language.svelte';

export const settings = phrases({ en, de });
