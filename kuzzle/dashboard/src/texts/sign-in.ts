import de from './de/sign-in';
import en from './en/sign-in';
import { phrases } from './language.svelte';

export const signIn = phrases({ en, de });
