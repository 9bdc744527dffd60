package importer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
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
			r.spoil(spoiled.Attribute, "%s", spoiled.Reason)
		}
		readable(r, attributes)
		for name, f := range map[string]field{
			"uid": usernameField, "cn": fullNameField, "givenname": firstNameField, "sn": lastNameField,
			"createtimestamp": createdField, "title": "content.title", "employeenumber": "content.employeeNumber",
		} {
			r.assign(f, get(name))
		}
		r.Username = cmp.Or(r.Username, account)
		for _, mail := range attributes["mail"] {
			r.Emails = appendAddress(r.Emails, assumed(mail))
		}
		for _, phone := range append(attributes["mobile"], attributes["telephonenumber"]...) {
			r.Phones = appendAddress(r.Phones, assumed(phone))
		}
		for name, f := range map[string]field{"nsaccountlock": disabledField, "pwdreset": mustField} {
			r.assign(f, get(name))
		}
		// Flag 2 means a disabled account in Active Directory. OpenLDAP locks until somebody
		// resets the password.
		flags, _ := strconv.Atoi(get("useraccountcontrol"))
		r.Disabled = r.Disabled || flags&2 != 0
		r.Locked = get("pwdaccountlockedtime") != ""
		r.Digest = get("userpassword")
		r.ExternalID = get("entryuuid")
		if r.ExternalID == "" {
			r.ExternalID = get("dn")
		}
		r.Roles = attributes["memberof"]
		for name, list := range attributes {
			if value := strings.Join(list, ", "); value != "" && !knownAttribute(name) {
				unknownMember(r, name, value)
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
			r.spoil(name, "%s", reason)
		case "cn", "givenname", "sn", "title", "employeenumber", "mobile", "telephonenumber":
			r.lack(name, "%s", reason)
		}
		delete(attributes, name)
	}
}
