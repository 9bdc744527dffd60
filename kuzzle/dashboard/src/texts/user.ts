import de from './de/user';
import en from './en/user';
import { phrases } from './language.svelte';

export const user = phrases({ en, de });
