package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// reader makes rows of a file. Next answers io.EOF after the last; any other
// error ends the file. What is wrong with a single row is in the row.
type reader interface{ Next() (*Row, error) }

// leaver is a reader that can tell which columns it left out.
type leaver interface{ Unused() []string }

// jsonFormats are the formats whose users are JSON values.
func jsonFormats(o Options) map[string]decoder {
	return map[string]decoder{
		"json":        flat(o.Map),
		"auth0":       nullable(decodeAuth0, auth0Nulls),
		clerkFormat:   nullable(decodeClerk, clerkNulls),
		"firebase":    nullable(func(text []byte, _ string, r *Row) error { return decodeFirebase(text, r, o.Firebase) }, firebaseNulls),
		"keycloak":    nullable(decodeKeycloak, keycloakNulls),
		"kratos":      nullable(decodeKratos, kratosNulls),
		"supertokens": nullable(decodeSuperTokens, supertokensNulls),
		kuzzleFormat:  nullable(decodeKuzzleUser, kuzzleNulls),
	}
}

const (
	ldifFormat   = "ldif"
	kuzzleFormat = "kuzzle"
	clerkFormat  = "clerk"
)

// Formats lists the names of the formats there are, sorted.
func Formats() []string {
	names := slices.Collect(maps.Keys(tables(Options{})))
	names = slices.AppendSeq(names, maps.Keys(jsonFormats(Options{})))
	names = append(names, ldifFormat)
	slices.Sort(names)
	return slices.Compact(names)
}

// open finds out what a text is and makes its reader.
func open(in *bufio.Reader, o Options) (reader, string, error) {
	head, err := in.Peek(texts.Peeked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, "", err
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return nil, "", texts.ErrEmpty
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if reason := values.Unreadable(string(line[:min(len(line), 1024)])); reason != "" && !halved(line) {
		return nil, "", texts.Broken("it is no text: %s", reason)
	}
	switch {
	case text[0] == '{' || text[0] == '[':
		return openJSON(in, text, o)
	case o.Format == ldifFormat || bytes.HasPrefix(text, []byte("dn:")) || bytes.HasPrefix(text, []byte("version: 1")):
		return &ldif{in: in}, ldifFormat, nil
	}
	name := o.Format
	if name == "" {
		name = tableFormat(string(line))
	}
	l, ok := tables(o)[name]
	if !ok {
		return nil, name, texts.Broken("it is not JSON, which %s is", name)
	}
	r, err := openTable(in, l, o.Map)
	return r, name, err
}

// halved tells whether a text was only cut inside of a character.
func halved(line []byte) bool {
	return len(line) > 1024 && values.Unreadable(string(bytes.ToValidUTF8(line[:1024], nil))) == ""
}

// tableFormat tells the sources of CSV apart by columns that only they have.
func tableFormat(header string) string {
	has := func(names ...string) bool {
		columns := strings.FieldsFunc(strings.ToLower(header), func(c rune) bool { return strings.ContainsRune(",;\t\"\r ", c) })
		for _, name := range names {
			if !slices.Contains(columns, name) {
				return false
			}
		}
		return true
	}
	switch {
	case has("primary_email_address", "password_hasher"), has("primary_email_address", "verified_email_addresses"):
		return clerkFormat
	case has("cognito:username"):
		return "cognito"
	case has("encrypted_password", "raw_app_meta_data"):
		return "supabase"
	case has("user_login", "user_pass"):
		return "wordpress"
	case has("uid", "name", "pass"):
		return "drupal"
	case has("password", "is_superuser", "date_joined"):
		return "django"
	}
	return "csv"
}

func openJSON(in *bufio.Reader, head []byte, o Options) (reader, string, error) {
	keys, first := outline(head)
	s := texts.Values
	switch {
	case head[0] == '[':
		s = texts.Array
	case onOneLine(head):
		s = texts.Lines
	}
	name := o.Format
	if name == "" {
		name = jsonFormat(keys, first)
	}
	decode, ok := jsonFormats(o)[name]
	if !ok {
		return nil, name, texts.Broken("it is JSON, which %s is not", name)
	}
	if name == clerkFormat && (s == texts.Array || s == texts.Values || keys[texts.ListMember]) {
		s = texts.Pages
	}
	e := texts.NewElements(in, s)
	if head[0] == '{' && name == kuzzleFormat {
		return &securities{jsonReader: jsonReader{elements: e, decode: decode}}, name, nil
	}
	if head[0] == '{' && (keys["realm"] || keys["users"]) {
		if err := e.Within("users"); err != nil {
			return nil, name, err
		}
	}
	return &jsonReader{elements: e, decode: decode}, name, nil
}

// onOneLine tells whether the text begins with a whole object that ends with its
// line: then a broken line is no harm to those after it.
func onOneLine(head []byte) bool {
	line, _, more := bytes.Cut(head, []byte("\n"))
	e := texts.NewElements(bufio.NewReader(bytes.NewReader(line)), texts.Values)
	_, err := e.Next()
	return err == nil && (more || len(head) < texts.Peeked) || err != nil && more && bytes.HasSuffix(bytes.TrimSpace(line), []byte("}"))
}

// outline lists the names in the text's first object, and in the first user
// found in it, as far as they can be seen.
func outline(head []byte) (keys, first map[string]bool) {
	in := bufio.NewReader(bytes.NewReader(head))
	e := texts.NewElements(in, texts.Members)
	if head[0] == '[' {
		keys = map[string]bool{}
		_ = e.Expect('[') // seen
		return keys, names(e)
	}
	keys = names(texts.NewElements(bufio.NewReader(bytes.NewReader(head)), texts.Members))
	if keys[texts.ListMember] {
		e := texts.NewElements(bufio.NewReader(bytes.NewReader(head)), texts.Pages)
		if err := e.Listed(); err == nil {
			if first := names(e); first["object"] {
				return keys, first
			}
		}
	}
	return keys, usersIn(head)
}

// names reads the names of an object's members.
func names(e *texts.Elements) map[string]bool {
	found := map[string]bool{}
	if e.Expect('{') != nil {
		return found
	}
	for {
		key, err := e.Member()
		if err != nil {
			return found
		}
		found[key] = true
		if e.Value(false) != nil {
			return found
		}
	}
}

// usersIn lists the names in the first element of "users".
func usersIn(head []byte) map[string]bool {
	e := texts.NewElements(bufio.NewReader(bytes.NewReader(head)), texts.Values)
	if e.Within("users") != nil {
		return nil
	}
	if e.Shape == texts.Members {
		return map[string]bool{"": true}
	}
	return names(e)
}

// jsonFormat tells the sources of JSON apart by names that only they have.
func jsonFormat(keys, first map[string]bool) string {
	switch {
	case keys["realm"]:
		return "keycloak"
	case first[""], (keys["roles"] || keys["profiles"]) && len(first) == 0 && !keys["username"] && !keys["email"] && !keys["id"] && !keys["kuid"]:
		return kuzzleFormat
	case len(first) == 0:
		first = keys
	}
	switch {
	case first["localId"]:
		return "firebase"
	case first["traits"]:
		return "kratos"
	case first["loginMethods"]:
		return "supertokens"
	case first["createdTimestamp"], first["federatedIdentities"], first["requiredActions"]:
		return "keycloak"
	case first["email_addresses"] && first["external_accounts"], first["primary_email_address_id"],
		first["object"] && (first["public_user_data"] || first["max_allowed_memberships"] || first["email_address"]):
		return clerkFormat
	case first["user_id"], first["passwordHash"] && first["_id"], first["password_hash"] && first["email_verified"]:
		return "auth0"
	}
	return "json"
}
