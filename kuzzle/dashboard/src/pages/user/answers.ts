import type { Document, Session } from '../../api/actions.gen';
import type { Right } from '../../api/answers';

declare module '../../api/answers' {
  interface Answers {
    'security:searchApiKeys': { hits: ApiKey[]; total: number };
    'security:createApiKey': { _id: string; _source: { token: string } };
    'security:getUserRights': { hits: Right[]; total: number };
  }
}

export type { Event, Explanation, PolicyVerdict as Verdict } from '../../api/actions.gen';

/** Times are in epoch milliseconds, an end of -1 is never. Factors are what the client
 * proved, and when; browser, version and system are what the server reads in userAgent. */
export type UserSession = Session & { act?: { sub?: string } };

export type ApiKey = Document & { _source: { description: string; expiresAt: number; ttl: number } };
