import type { Component } from 'svelte';
import type { Action } from '../api/client';
import type { IconName } from '../ui/icons';
import { imports } from '../texts/imports';
import { rights } from '../texts/rights';
import { settings } from '../texts/settings';
import { shell } from '../texts/shell';
import { users } from '../texts/users';

/** A page of the dashboard: a folder beside this file. */
export interface Page {
  /** Such as "/users/:id"; what is named comes to the component as props. */
  path: string;
  /** What the navigation and the palette call it; a page without is reached from another. */
  title?: () => string;
  icon?: IconName;
  /** The navigation shows the page to those who may do this. */
  needs?: Action;
  load: () => Promise<{ default: Component<any> }>;
}

/** Every page, in the order of the navigation. */
export const pages: Page[] = [
  { path: '/', title: () => shell.home, icon: 'home', load: () => import('./home/Home.svelte') },
  { path: '/users', title: () => users.title, icon: 'users', needs: 'security:listUsers', load: () => import('./users/Users.svelte') },
  { path: '/users/:id', load: () => import('./user/User.svelte') },
  { path: '/rights', title: () => rights.title, icon: 'shield', needs: 'security:searchProfiles', load: () => import('./rights/Rights.svelte') },
  { path: '/rights/new-profile', load: () => import('./rights/Profile.svelte') },
  { path: '/rights/new-role', load: () => import('./rights/Role.svelte') },
  { path: '/rights/profiles/:id', load: () => import('./rights/Profile.svelte') },
  { path: '/rights/roles/:id', load: () => import('./rights/Role.svelte') },
  { path: '/import', title: () => imports.title, icon: 'import', needs: 'import:create', load: () => import('./imports/Import.svelte') },
  { path: '/settings', title: () => settings.title, icon: 'settings', needs: 'settings:list', load: () => import('./settings/Settings.svelte') },
  { path: '/settings/strategies', load: () => import('./settings/Strategies.svelte') },
  { path: '/settings/webhooks', load: () => import('./settings/Webhooks.svelte') },
  { path: '/settings/keys', load: () => import('./settings/Keys.svelte') },
];
