import { settings as text } from '../../texts/settings';
import type { Setting } from './answers';

export type GroupName = keyof typeof text.groups;

/** How the names of a group's settings begin; the first that fits has a setting. */
const groups: [GroupName, string[]][] = [
  ['authentication', ['clerk.attributes.', 'clerk.firstFactors', 'clerk.legalConsent', 'clerk.deleteSelf', 'clerk.hideUsers', 'factors.', 'identifiers.', 'security.restricted']],
  ['passwords', ['clerk.hibp', 'strategies.local.', 'strategies.digest-import.', 'passwords.', 'hashing.']],
  ['organizations', ['clerk.organizations.', 'clerk.createOrganizations']],
  ['signUps', ['signUps.', 'logins.']],
  ['sessions', ['sessions.', 'security.']],
  ['mail', ['notify.', 'mail.']],
  ['strategies', ['strategies.']],
  ['clerk', ['clerk.']],
  ['others', ['']],
];

/** The settings by group, each in the order of the names above and of the list, without those that are empty. */
export function grouped(list: Setting[]): [GroupName, Setting[]][] {
  const left = new Set(list);
  const take = (begin: string) => [...left].filter((setting) => setting.key.startsWith(begin) && left.delete(setting));
  return groups.map(([name, begins]): [GroupName, Setting[]] => [name, begins.flatMap(take)]).filter(([, settings]) => settings.length > 0);
}
