import de from './de/home';
import en from './en/home';
import { phrases } from './language.svelte';

export const home = phrases({ en, de });
