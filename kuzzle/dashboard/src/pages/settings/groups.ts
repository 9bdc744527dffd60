import { settings as text } from '../../texts/settings';
import type { Setting } from './answers';

export type GroupName = keyof typeof text.groups;

/** How the names of a group's settings begin; the first that fits has a setting. */
const groups: [GroupName, string[]][] = [
  ['authentication', ['clerk.attributes.', 'clerk.firstFactors', 'clerk.legalConsent', 'clerk.deleteSelf', 'clerk.hideUsers']],
  ['passwords', ['clerk.hibp', 'passwords.']],
  ['organizations', ['clerk.organizations.', 'clerk.createOrganizations']],
  ['signUps', ['signUps.', 'logins.']],
  ['sessions', ['sessions.', 'security.authToken.', 'security.apiKey.']],
  ['mail', ['notify.', 'mail.']],
  ['clerk', ['clerk.']],
  ['others', ['']],
];

/** The settings by group, each group in the order of the list, without those that are empty. */
export function grouped(list: Setting[]): [GroupName, Setting[]][] {
  const of = (setting: Setting) => groups.find(([, begins]) => begins.some((begin) => setting.key.startsWith(begin)))![0];
  return groups.map(([name]): [GroupName, Setting[]] => [name, list.filter((setting) => of(setting) === name)]).filter(([, settings]) => settings.length > 0);
}
