/** What actions answer, for those that a page reads. A page adds its own in a file of
 * its folder by `declare module '../../api/answers' { interface Answers { … } }`. */
export interface Answers {
  'auth:getCurrentUser': { _id: string; _source: UserContent; strategies: string[] };
  'auth:login': { _id: string; expiresAt: number; ttl: number };
  'auth:refreshToken': { _id: string; expiresAt: number; ttl: number };
  'auth:checkToken': { valid: boolean; expiresAt?: number | null; kuid?: string };
  'auth:getMyRights': { hits: Right[] };
  'server:adminExists': { exists: boolean };
}

/** What a user's document holds; names and addresses are each instance's own. */
export interface UserContent {
  profileIds: string[];
  _kuzzle_info?: { author: string | null; createdAt: number; updatedAt: number | null; updater: string | null };
  [key: string]: unknown;
}

export interface Right {
  controller: string;
  action: string;
  index: string;
  collection: string;
  value: 'allowed' | 'denied';
}
