import de from './de/shell';
import en from './en/shell';
import { phrases } from './language.svelte';

export const shell = phrases({ en, de });
