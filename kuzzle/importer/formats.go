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
	decoders := map[string]decoder{
		"json":        flat(o.Map),
		"django":      djangoObjects(o),
		"auth0":       nullable(decodeAuth0, auth0Nulls),
		clerkFormat:   nullable(decodeClerk, clerkNulls),
		"firebase":    nullable(func(text []byte, _ string, r *Row) error { return decodeFirebase(text, r, o.Firebase) }, firebaseNulls),
		"keycloak":    nullable(decodeKeycloak, keycloakNulls),
		"kratos":      nullable(decodeKratos, kratosNulls),
		"supertokens": nullable(decodeSuperTokens, supertokensNulls),
		kuzzleFormat:  nullable(decodeKuzzleUser, kuzzleNulls),
	}
	layouts := tables(o)
	for _, name := range []string{"supabase", "wordpress", "drupal"} {
		decoders[name] = objects(layouts[name], o.Map)
	}
	return decoders
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
		return &ldif{entries: texts.NewEntries(in)}, ldifFormat, nil
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
	keys, first := texts.Outline(head)
	s := texts.Values
	switch {
	case head[0] == '[':
		s = texts.Array
	case texts.OnOneLine(head):
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
	case first["encrypted_password"] && first["raw_app_meta_data"]:
		return "supabase"
	case first["user_login"] && (first["user_pass"] || first["user_email"]):
		return "wordpress"
	case first["model"] && first["fields"], first["password"] && first["username"] && (first["is_active"] || first["is_superuser"] || first["date_joined"]):
		return "django"
	case first["uid"] && first["name"] && first["pass"]:
		return "drupal"
	case first["user_id"], first["passwordHash"] && first["_id"], first["password_hash"] && first["email_verified"]:
		return "auth0"
	}
	return "json"
}
