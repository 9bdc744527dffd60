// Package contacts adds, changes and deletes users' contacts: e-mail addresses and phone numbers,
// see [users.Contact].
//
// Users themselves add unverified contacts, which claim nothing and log nobody in. They verify a
// contact by a code that is sent to it ([Contacts.Ask], [Contacts.Prove]). Administrators set
// whether a contact is verified, reserved or primary.
package contacts
