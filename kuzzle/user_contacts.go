package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type userContacts struct {
	List   listContacts  `cmd:"" help:"List a user's contacts, oldest first."`
	Add    addContact    `cmd:"" help:"Give a user a contact."`
	Verify verifyContact `cmd:"" help:"Mark a contact of a user as verified; the user can log in with it."`
	Remove removeContact `cmd:"" help:"Remove a contact from a user."`
}

// contact is a contact in the form of answers.
type contact struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Value    string `json:"value"`
	Verified bool   `json:"verified"`
	Primary  bool   `json:"primary"`
	Reserved bool   `json:"reserved"`
}

// state describes the state of a contact.
func (c *contact) state() string {
	switch {
	case c.Primary:
		return "primary"
	case c.Verified:
		return "verified"
	case c.Reserved:
		return "reserved"
	}
	return "unverified"
}

type contactList struct {
	Hits []contact `json:"hits"`
}

type listContacts struct {
	config.Flags
	User string `arg:"" name:"kuid" help:"Id of the user."`
	JSON bool   `name:"json" help:"Print JSON, as security:getContacts answers it."`
}

// Run prints them.
func (l *listContacts) Run(ctx context.Context, at console) error {
	var all contactList
	raw, err := ask(ctx, l.Flags, "security", "getContacts", map[string]any{"_id": l.User}, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, l.JSON, func(table io.Writer) {
		for _, c := range all.Hits {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.ID, c.Kind, c.Value, c.state())
		}
	})
}

type addContact struct {
	config.Flags
	User     string `arg:"" name:"kuid" help:"Id of the user."`
	Value    string `arg:"" help:"E-mail address, or phone number such as +12015550123."`
	Verified bool   `help:"Mark it as verified: the user can log in with it."`
	Primary  bool   `help:"Send messages there; it must be verified."`
	Reserved bool   `help:"Reserve it for the user, who cannot log in with it."`
	JSON     bool   `name:"json" help:"Print JSON, as security:createContact answers it."`
}

// Run adds one.
func (a *addContact) Run(ctx context.Context, at console) error {
	kind := "phone"
	if strings.Contains(a.Value, "@") {
		kind = "email"
	}
	body := map[string]any{"kind": kind, "value": a.Value, "verified": a.Verified, "primary": a.Primary, "reserved": a.Reserved}
	var made contact
	raw, err := ask(ctx, a.Flags, "security", "createContact", map[string]any{"_id": a.User}, body, &made)
	if err != nil {
		return err
	}
	if a.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "added %s to %s: %s\n", made.Value, a.User, made.state())
	return err
}

// oneContact are the arguments of commands on an existing contact.
type oneContact struct {
	config.Flags
	User    string `arg:"" name:"kuid" help:"Id of the user."`
	Contact string `arg:"" help:"The contact's id or value, as list prints it."`
}

// change runs an action on the contact, and prints the result.
func (o *oneContact) change(ctx context.Context, at console, action string, body map[string]any, done string) error {
	server, err := reach(ctx, o.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	raw, err := call(ctx, server, "getContacts", map[string]any{"_id": o.User}, nil)
	if err != nil {
		return err
	}
	var all contactList
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	id := o.Contact
	for _, c := range all.Hits {
		if strings.EqualFold(c.Value, o.Contact) {
			id = c.ID
		}
	}
	if _, err := call(ctx, server, action, map[string]any{"_id": o.User, "contactId": id}, body); err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "%s %s of %s\n", done, o.Contact, o.User)
	return err
}

type verifyContact struct {
	oneContact
	Primary bool `help:"Send messages there from now on."`
}

// Run marks it as verified.
func (v *verifyContact) Run(ctx context.Context, at console) error {
	body := map[string]any{"verified": true}
	if v.Primary {
		body["primary"] = true
	}
	return v.change(ctx, at, "updateContact", body, "verified")
}

type removeContact struct{ oneContact }

// Run removes it.
func (r *removeContact) Run(ctx context.Context, at console) error {
	return r.change(ctx, at, "deleteContact", nil, "removed")
}
