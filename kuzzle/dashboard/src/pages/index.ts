import type { Component } from 'svelte';
import type { Action } from '../api/client';
import type { IconName } from '../ui/icons';
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
];
