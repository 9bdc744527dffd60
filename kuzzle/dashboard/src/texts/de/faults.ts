import type { Texts } from '../faults';

/** Refusals by their id; what is not here is said in the server's words. */
export default {
  'dashboard.no_answer': () => 'Der Server antwortet nicht. Ihre Eingaben bleiben erhalten; versuchen Sie es gleich noch einmal.',
  'dashboard.unexpected': () => 'Auf dieser Seite ist etwas Unerwartetes geschehen. Laden Sie sie neu und versuchen Sie es noch einmal.',
  'plugin.strategy.missing_user': () => 'Benutzername oder Passwort ist falsch.',
  'plugin.kuzzle-plugin-auth-passport-local.too_short': (_, least) => `Zu kurz: mindestens ${least} Zeichen.`,
  'security.credentials.identifier_taken': () => 'Dieser Name ist schon vergeben. Wählen Sie einen anderen.',
  'security.user.no_profile': () => 'Wählen Sie mindestens ein Profil.',
  'security.user.exists': () => 'Einen Benutzer mit dieser Kennung gibt es schon.',
  'security.token.invalid': () => 'Das Token ist ungültig oder abgelaufen.',
  'security.rights.unauthorized': () => 'Dafür müssen Sie sich anmelden.',
  'security.rights.forbidden': (controller, action) => `Ihre Profile erlauben ${controller}:${action} nicht.`,
  'api.assert.missing_argument': () => 'Dieses Feld muss ausgefüllt werden.',
  'api.assert.empty_argument': () => 'Dieses Feld darf nicht leer sein.',
  'api.process.too_many_requests': () => 'Zu viele Anfragen. Warten Sie einen Augenblick.',
  'security.login.challenge_unknown': () => 'Die Anmeldung dauerte zu lange. Beginnen Sie von vorn.',
} satisfies Texts as Texts;
