import type { Right as Described } from './actions.gen';

/** What actions answer, where a page knows more of it than the server describes. A page
 * adds its own in a file of its folder by `declare module '../../api/answers' { interface Answers { … } }`. */
export interface Answers {
  'auth:getCurrentUser': { _id: string; _source: UserContent; strategies: string[] };
  'auth:login': { _id: string; expiresAt: number; ttl: number };
  'auth:checkToken': { valid: boolean; expiresAt?: number | null; kuid?: string };
  'auth:getMyRights': { hits: Right[] };
}

/** What a user's document holds; names and addresses are each instance's own. */
export interface UserContent {
  profileIds: string[];
  _kuzzle_info?: { author: string | null; createdAt: number; updatedAt: number | null; updater: string | null };
  [key: string]: unknown;
}

export type Right = Described & { value: 'allowed' | 'denied' };
