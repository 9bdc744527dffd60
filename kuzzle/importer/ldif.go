package importer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// ldif reads the export of a directory. Entries without uid, mail and userPassword are no
// users and are skipped.
type ldif struct {
	entries *texts.Entries
	number  int64
}

// knownAttribute reports whether an attribute has a meaning here, or says nothing about a user.
var knownAttribute = kinds.Knows(ldifFormat)

// Next implements reader.
func (l *ldif) Next() (*Row, error) {
	for {
		attributes, spoiled, err := l.entries.Next()
		if err != nil {
			return nil, texts.CutShort(err)
		}
		get := func(name string) string {
			if list := attributes[name]; len(list) > 0 {
				return list[0]
			}
			return ""
		}
		account := get("samaccountname") // of Active Directory
		if slices.Contains(attributes["objectclass"], "computer") || slices.Contains(attributes["objectclass"], "group") {
			account = ""
		}
		if get("uid")+get("mail")+get("userpassword")+account == "" && spoiled == nil {
			continue
		}
		l.number++
		r := &Row{Number: l.number}
		if spoiled != nil {
			r.Spoil(spoiled.Attribute, "%s", spoiled.Reason)
		}
		readable(r, attributes)
		for name, f := range map[string]rows.Field{
			"uid": rows.UsernameField, "cn": rows.FullNameField, "givenname": rows.FirstNameField, "sn": rows.LastNameField,
			"createtimestamp": rows.CreatedField, "title": "content.title", "employeenumber": "content.employeeNumber",
		} {
			r.Assign(f, get(name))
		}
		r.Username = cmp.Or(r.Username, account)
		for _, mail := range attributes["mail"] {
			r.Emails = rows.AppendAddress(r.Emails, rows.Assumed(mail))
		}
		for _, phone := range append(attributes["mobile"], attributes["telephonenumber"]...) {
			r.Phones = rows.AppendAddress(r.Phones, rows.Assumed(phone))
		}
		for name, f := range map[string]rows.Field{"nsaccountlock": rows.DisabledField, "pwdreset": rows.MustField} {
			r.Assign(f, get(name))
		}
		// Flag 2 means a disabled account in Active Directory. OpenLDAP locks until somebody
		// resets the password.
		flags, _ := strconv.Atoi(get("useraccountcontrol"))
		r.Disabled = r.Disabled || flags&2 != 0
		r.Locked = get("pwdaccountlockedtime") != ""
		passwords := slices.DeleteFunc(slices.Clone(attributes["userpassword"]), values.Unusable)
		if r.Digest = get("userpassword"); len(passwords) > 0 {
			r.Digest = passwords[0]
		}
		for name, list := range map[string][]string{"uid": attributes["uid"], "userpassword": passwords} {
			if len(list) > 1 {
				r.Lack(name, "the entry has %d values, and only the first comes: a user has one", len(list))
			}
		}
		r.ExternalID = get("entryuuid")
		if r.ExternalID == "" {
			r.ExternalID = get("dn")
		}
		r.Roles = attributes["memberof"]
		for name, list := range attributes {
			if value := strings.Join(list, ", "); value != "" && !knownAttribute(name) {
				r.AddUnknown(name, value)
			}
		}
		return r, nil
	}
}

// readable drops attributes that are not text, such as pictures. Without a name or a digest
// the row fails.
func readable(r *Row, attributes map[string][]string) {
	for name, list := range attributes {
		reason := values.Unreadable(strings.Join(list, ""))
		if reason == "" {
			continue
		}
		switch name {
		case "dn", "entryuuid", "uid", "samaccountname", "mail", "userpassword":
			r.Spoil(name, "%s", reason)
		case "cn", "givenname", "sn", "title", "employeenumber", "mobile", "telephonenumber":
			r.Lack(name, "%s", reason)
		}
		delete(attributes, name)
	}
}
