import de from './de/rights';
import en from './en/rights';
import { phrases } from './language.svelte';

export const rights = phrases({ en, de });
