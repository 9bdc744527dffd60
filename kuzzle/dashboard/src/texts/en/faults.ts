import type { Texts } from '../faults';

/** Refusals by their id, where the server's own words are not enough. */
export default {
  'dashboard.no_answer': () => 'The server does not answer. What you typed is kept; try again in a moment.',
  'dashboard.unexpected': (..._) => 'Something unexpected happened in this page. Reload it and try again.',
  'plugin.strategy.missing_user': () => 'The user name or the password is wrong.',
} satisfies Texts as Texts;
