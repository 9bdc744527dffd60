package importer

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// ldif reads entries of LDAP Data Interchange Format (RFC 2849): attributes a
// line, a blank line between entries. Entries of nobody (no uid, mail or
// userPassword) are passed over.
type ldif struct {
	in     *bufio.Reader
	buf    []byte
	number int64
}

// Next implements reader.
func (l *ldif) Next() (*Row, error) {
	for {
		attributes, spoiled, err := l.entry()
		if err != nil {
			return nil, cutShort(err)
		}
		get := func(name string) string {
			if list := attributes[name]; len(list) > 0 {
				return list[0]
			}
			return ""
		}
		if get("uid")+get("mail")+get("userpassword") == "" && spoiled == nil {
			continue
		}
		l.number++
		r := &Row{Number: l.number, err: spoiled}
		for name, f := range map[string]field{
			"uid": usernameField, "cn": fullNameField, "givenname": firstNameField, "sn": lastNameField,
			"createtimestamp": createdField, "title": "content.title", "employeenumber": "content.employeeNumber",
		} {
			r.assign(f, get(name))
		}
		for _, mail := range attributes["mail"] {
			r.Emails = appendAddress(r.Emails, assumed(mail))
		}
		for _, phone := range append(attributes["mobile"], attributes["telephonenumber"]...) {
			r.Phones = appendAddress(r.Phones, assumed(phone))
		}
		r.Digest = get("userpassword")
		r.ExternalID = get("entryuuid")
		if r.ExternalID == "" {
			r.ExternalID = get("dn")
		}
		r.Roles = attributes["memberof"]
		return r, nil
	}
}

// entry reads attributes up to a blank line, names in lower case.
func (l *ldif) entry() (map[string][]string, *RowError, error) {
	attributes := map[string][]string{}
	var spoiled *RowError
	size, name := 0, ""
	for {
		line, err := texts.ReadLine(l.in, &l.buf)
		switch {
		case errors.Is(err, texts.ErrLong):
			spoiled = &RowError{"", "it has a line that is too long"}
			continue
		case errors.Is(err, io.EOF) && (len(attributes) > 0 || spoiled != nil):
			return l.decode(attributes, spoiled)
		case err != nil:
			return nil, nil, err
		case len(line) == 0 && len(attributes) == 0 && spoiled == nil, strings.HasPrefix(string(line), "#"):
			continue
		case len(line) == 0:
			return l.decode(attributes, spoiled)
		}
		if size += len(line); size > MaxRowBytes {
			spoiled = &RowError{"", "it is too long"}
			continue
		}
		if line[0] == ' ' && name != "" {
			list := attributes[name]
			list[len(list)-1] += string(line[1:])
			continue
		}
		head, value, ok := strings.Cut(string(line), ":")
		if !ok {
			spoiled = &RowError{"", "a line of it is no attribute"}
			continue
		}
		name, _, _ = strings.Cut(strings.ToLower(head), ";")
		if name != "version" {
			attributes[name] = append(attributes[name], value)
		} else {
			name = ""
		}
	}
}

// decode takes off what stands before values: a second colon means base64.
func (l *ldif) decode(attributes map[string][]string, spoiled *RowError) (map[string][]string, *RowError, error) {
	for name, list := range attributes {
		for i, value := range list {
			if encoded, ok := strings.CutPrefix(value, ":"); ok {
				plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
				if err != nil && spoiled == nil {
					spoiled = &RowError{name, "it is no base64"}
				}
				value = string(plain)
			}
			list[i] = strings.TrimSpace(value)
			if reason := values.Unreadable(list[i]); reason != "" && spoiled == nil {
				spoiled = &RowError{name, reason}
			}
		}
	}
	return attributes, spoiled, nil
}
