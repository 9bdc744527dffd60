import de from './de/users';
import en from './en/users';
import { phrases } from './language.svelte';

export const users = phrases({ en, de });
