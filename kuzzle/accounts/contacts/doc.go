// Package contacts gives users contacts, changes them and takes them away: e-mail
// addresses and phone numbers, see [users.Contact].
//
// Users themselves add unverified contacts, which claim nothing and open nothing, and
// verify them by a code that is sent there ([Contacts.Ask], [Contacts.Prove]).
// Those who manage users say of a contact that it is verified, reserved or primary.
package contacts
