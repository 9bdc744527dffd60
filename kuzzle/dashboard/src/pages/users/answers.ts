import type { Document, Listed } from '../../api/actions.gen';
import type { UserContent } from '../../api/answers';

declare module '../../api/answers' {
  interface Answers {
    'security:listUsers': { hits: ListedUser[]; total: number; atLeast: boolean; next?: string };
    'security:getUser': Document & { account?: Account; _source: UserContent; standing?: { bannedAt?: number; lockedAt?: number; lockedUntil?: number } };
    'security:getUserMetadata': { _id: string; public: Metadata | null; private?: Metadata | null; unsafe: Metadata | null; _version?: number };
  }
}

export type { Contact } from '../../api/actions.gen';
export type Metadata = Record<string, unknown>;

/** What a user is called beside the content; it is answered to those who may change it. */
export const nameParts = ['firstName', 'lastName', 'username', 'externalId'] as const;
export type Account = Partial<Record<(typeof nameParts)[number], string>>;

/** A user as the list has one. */
export type ListedUser = Listed & { createdAt: number; _source?: UserContent };

/** What people call a user: a name, else what the user logs in by, else the id. Names are
 * the account's or, as clients of Kuzzle keep them, some of the content. */
export function nameOf(user: Pick<ListedUser, '_id' | 'firstName' | 'lastName' | 'username' | 'contacts' | '_source'>): string {
  const content: Record<string, unknown> = user._source ?? {};
  const full = (names: { firstName?: unknown; lastName?: unknown }) => [names.firstName, names.lastName].filter((one) => one && typeof one === 'string').join(' ');
  const all = [full(user), full(content), content.name, content.fullname, content.fullName, user.username, user.contacts[0]?.value, user._id];
  return plain(all.find((one): one is string => typeof one === 'string' && /[\p{L}\p{N}\p{P}\p{S}]/u.test(one)) ?? user._id, true);
}

/** Says whom something is done to: the name, which the user may have chosen, and the id. */
export function whom(user: Parameters<typeof nameOf>[0]): string {
  const [name, id] = [nameOf(user).slice(0, 100), plain(user._id).slice(0, 200)];
  return name === id ? id : `${name} (${id})`;
}

/**
 * Writes out what nobody would see of a text, and what turns its order around; joiners,
 * which some languages and emoji have, stay in names.
 */
export const plain = (text: string, name = false) => text.replace(/[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0]|(?! )\p{Zs}/gu, (one) => (name && /[\u200c\u200d]/.test(one) ? one : `\\u{${one.codePointAt(0)?.toString(16)}}`));
