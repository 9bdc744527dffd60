import de from './de/imports';
import en from './en/imports';
import { phrases } from './language.svelte';

export const imports = phrases({ en, de });
