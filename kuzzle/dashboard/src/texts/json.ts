import de from './de/json';
import en from './en/json';
import { phrases } from './language.svelte';

export const json = phrases({ en, de });
