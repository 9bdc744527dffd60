import type { Controllers } from './role';

type Info = { author: string | null; createdAt: number; updatedAt: number | null; updater: string | null };
type Found<T> = { hits: { _id: string; _source: T }[]; total: number };

export interface Role {
  controllers: Controllers;
  _kuzzle_info?: Info;
  [key: string]: unknown;
}

export interface Policy {
  roleId: string;
  restrictedTo?: { index: string; collections?: string[] }[];
}

export interface Profile {
  policies: Policy[];
  rateLimit?: number;
  _kuzzle_info?: Info;
  [key: string]: unknown;
}

export type { Difference } from '../../api/actions.gen';

declare module '../../api/answers' {
  interface Answers {
    'security:searchRoles': Found<Role>;
    'security:searchProfiles': Found<Profile>;
    'security:getRole': { _id: string; _source: Role };
    'security:getProfile': { _id: string; _source: Profile };
  }
}
