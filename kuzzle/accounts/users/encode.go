package users

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Encode writes JSON without escaping for HTML, as clients sent it. It accepts the same values as
// encoding/json, and encodes the types of decoded JSON itself, since every created or imported user
// passes it several times.
func Encode(value any) (json.RawMessage, error) {
	return AppendJSON(make([]byte, 0, 256), value)
}

// AppendJSON appends a value in the form of [Encode].
func AppendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return plainjson.AppendString(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		// encoding/json has other forms for larger numbers and minus zero.
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 && (v != 0 || !math.Signbit(v)) {
			return strconv.AppendInt(b, int64(v), 10), nil
		}
	case []any:
		return AppendList(b, v)
	case map[string]any:
		return appendObject(b, v)
	case Info:
		return v.append(b)
	}
	return plainjson.Append(b, value)
}

// AppendList appends an array.
func AppendList(b []byte, list []any) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, element := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = AppendJSON(b, element); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendObject writes the members in the order of their names.
func appendObject(b []byte, object map[string]any) ([]byte, error) {
	if object == nil {
		return append(b, "null"...), nil
	}
	names := make([]string, 0, 16)
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = AppendMember(b, name, object[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// AppendMember appends a member of an object: its name, a colon and its value.
func AppendMember(b []byte, name string, value any) ([]byte, error) {
	return AppendJSON(append(plainjson.AppendString(b, name), ':'), value)
}

func (made Info) append(b []byte) ([]byte, error) {
	b = append(b, '{')
	for _, member := range [...]struct {
		name  string
		value any
	}{{"author", made.Author}, {"createdAt", made.CreatedAt}, {"updatedAt", made.UpdatedAt}, {"updater", made.Updater}} {
		var err error
		if b, err = AppendJSON(appendName(b, member.name), member.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendName begins a member whose name needs no escapes.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, '"'), name...)
	return append(b, '"', ':')
}

// appendBytes appends bytes in the form of encoding/json.
func appendBytes(b, raw []byte) []byte {
	b = base64.StdEncoding.AppendEncode(append(b, '"'), raw)
	return append(b, '"')
}

// append writes the same as encoding/json, without escaping for HTML.
func (p authPart) append(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	if len(p.Records) > 0 {
		b = append(appendName(b, "records"), '[')
		for i := range p.Records {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = p.Records[i].append(b); err != nil {
				return nil, err
			}
		}
		b = append(b, ']')
	}
	if p.Provenance != nil {
		b = p.Provenance.append(appendName(b, "brought"))
	}
	if p.Picture != nil {
		if b, err = plainjson.Append(appendName(b, "picture"), p.Picture); err != nil {
			return nil, err
		}
	}
	if p.Standing != nil {
		b = p.Standing.append(appendName(b, "standing"))
	}
	if len(p.Contacts) > 0 {
		b = AppendContacts(appendName(b, "contacts"), p.Contacts)
	}
	if p.Metadata != nil {
		b = p.Metadata.append(appendName(b, "metadata"))
	}
	if p.Details != nil {
		b = p.Details.append(appendName(b, "details"))
	}
	b = appendTime(b, "updatedAt", p.UpdatedAt)
	b = appendTime(b, "lastSignInAt", p.LastSignInAt)
	b = appendTime(b, "lastActiveAt", p.LastActiveAt)
	b = appendTime(b, "failures", int64(p.Failures))
	if p.PasswordChange != "" {
		b = plainjson.AppendString(appendName(b, "passwordChange"), p.PasswordChange)
	}
	b = appendTexts(b, "selfNamed", p.SelfNamed)
	if p.Incarnation != "" {
		b = plainjson.AppendString(appendName(b, "incarnation"), p.Incarnation)
	}
	return append(b, '}'), nil
}

// appendTexts appends a member with a list of texts, unless it is empty.
func appendTexts(b []byte, name string, all []string) []byte {
	for i, text := range all {
		if i == 0 {
			b = append(appendName(b, name), '[')
		} else {
			b = append(b, ',')
		}
		b = plainjson.AppendString(b, text)
	}
	if len(all) > 0 {
		b = append(b, ']')
	}
	return b
}

// AppendContacts appends contacts in their stored form.
func AppendContacts(b []byte, list []Contact) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = list[i].append(b)
	}
	return append(b, ']')
}

func (c *Contact) append(b []byte) []byte {
	b = plainjson.AppendString(appendName(append(b, '{'), "id"), c.ID)
	b = plainjson.AppendString(appendName(b, "kind"), c.Kind)
	b = plainjson.AppendString(appendName(b, "value"), c.Value)
	if c.Primary {
		b = append(appendName(b, "primary"), "true"...)
	}
	if c.Reserved {
		b = append(appendName(b, "reserved"), "true"...)
	}
	if c.SecondFactor {
		b = append(appendName(b, "secondFactor"), "true"...)
	}
	if c.Verification != nil {
		b = plainjson.AppendString(appendName(append(appendName(b, "verification"), '{'), "strategy"), c.Verification.Strategy)
		b = append(strconv.AppendInt(appendName(b, "at"), c.Verification.At, 10), '}')
	}
	b = strconv.AppendInt(appendName(b, "createdAt"), c.CreatedAt, 10)
	return append(b, '}')
}

func (s *Standing) append(b []byte) []byte {
	b = appendTime(append(b, '{'), "bannedAt", s.BannedAt)
	b = appendTime(b, "lockedAt", s.LockedAt)
	b = appendTime(b, "lockedUntil", s.LockedUntil)
	return append(b, '}')
}

func (r *storedRecord) append(b []byte) (_ []byte, err error) {
	b = plainjson.AppendString(appendName(append(b, '{'), "strategy"), r.Strategy)
	if r.ID != "" {
		b = plainjson.AppendString(appendName(b, "id"), r.ID)
	}
	if len(r.Identifiers) > 0 {
		b = append(appendName(b, "identifiers"), '[')
		for i, id := range r.Identifiers {
			if i > 0 {
				b = append(b, ',')
			}
			b = plainjson.AppendString(appendName(append(b, '{'), "Kind"), id.Kind)
			b = plainjson.AppendString(appendName(b, "Value"), id.Value)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if len(r.Secret) > 0 {
		b = appendBytes(appendName(b, "secret"), r.Secret)
	}
	if len(r.Public) > 0 {
		if b, err = appendObject(appendName(b, "public"), r.Public); err != nil {
			return nil, err
		}
	}
	b = strconv.AppendInt(appendName(b, "createdAt"), r.CreatedAt, 10)
	if r.UpdatedAt != 0 {
		b = strconv.AppendInt(appendName(b, "updatedAt"), r.UpdatedAt, 10)
	}
	if r.UpdatedBy != "" {
		b = plainjson.AppendString(appendName(b, "updatedBy"), r.UpdatedBy)
	}
	return append(b, '}'), nil
}

func (p *Provenance) append(b []byte) []byte {
	b = appendBytes(appendName(append(b, '{'), "row"), p.Row)
	if p.Source != "" {
		b = plainjson.AppendString(appendName(b, "source"), p.Source)
	}
	if len(p.Private) > 0 {
		b = append(appendName(b, "private"), p.Private...)
	}
	if len(p.Factors) > 0 {
		b = appendBytes(appendName(b, "factors"), p.Factors)
	}
	b = appendTexts(b, "waiting", p.Waiting)
	if p.Left {
		b = append(appendName(b, "left"), "true"...)
	}
	return append(b, '}')
}
