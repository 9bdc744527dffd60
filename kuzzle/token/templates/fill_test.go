package templates

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// maria is somebody of whom a part is known.
func maria(t testing.TB) Values {
	t.Helper()
	known, err := Decode([]byte(`{
		"user": {"id":"user_1","first_name":"Maria","last_name":"Doe","full_name":null,"email_verified":false,"phone_number_verified":true,"empty":"","big":9007199254740993,
			"public_metadata":{"profile":{"interests":["reading","climbing"]},"age":null},"unsafe_metadata":{"foo":{"bar":42}}},
		"org": null, "session": {"actor":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	return known.(map[string]any)
}

// TestFill: each text, and the JSON that it becomes.
func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"plain":         `"plain"`,
		"":              `""`,
		" { {x} } ":     `" { {x} } "`,
		"{{user.id}}":   `"user_1"`,
		"{{ user.id }}": `"user_1"`,
		"{{user.public_metadata.profile.interests}}":                            `["reading","climbing"]`,
		"{{user.unsafe_metadata}}":                                              `{"foo":{"bar":42}}`,
		"{{user.unsafe_metadata.foo.bar}}":                                      `42`,
		"{{user.big}}":                                                          `9007199254740993`,
		"{{user.i_dont_exist}}":                                                 `null`,
		"{{user.id.deeper}}":                                                    `null`,
		"{{org.id}}":                                                            `null`,
		"{{session.actor}}":                                                     `null`,
		"{{user.last_name}} {{user.first_name}} ":                               `"Doe Maria"`,
		"{{user.nickname}} {{user.first_name}}":                                 `"null Maria"`,
		"x{{user.unsafe_metadata}}y":                                            `"x{\"foo\":{\"bar\":42}}y"`,
		"{{user.empty}}{{user.id}}":                                             `"user_1"`,
		"{{user.email_verified || user.phone_number_verified}}":                 `true`,
		"{{user.full_name || 'Awesome User'}}":                                  `"Awesome User"`,
		"{{user.public_metadata.age || user.unsafe_metadata.age || 30 }}":       `30`,
		"{{user.full_name || 'a || b }} c'}}":                                   `"a || b }} c"`,
		"{{user.full_name || false}}":                                           `false`,
		"{{user.empty || 'x'}}":                                                 `""`,
		"{{user.full_name || user.email_verified || user.public_metadata.age}}": `null`,
		"{{true}}":                          `true`,
		"{{-1.5e3}}":                        `-1.5e3`,
		"hello {{user.full_name || 'you'}}": `"hello you"`,
		// A text that is not a shortcode is unchanged.
		"{{organization.id}}":            `"{{organization.id}}"`,
		"{{JSON.stringify(user.id)}}":    `"{{JSON.stringify(user.id)}}"`,
		"{{}}":                           `"{{}}"`,
		"{{user.id":                      `"{{user.id"`,
		"{{'open}}":                      `"{{'open}}"`,
		"{{user.full_name || {}}}":       `"{{user.full_name || {}}}"`,
		"{{x}}{{user.id}}":               `"{{x}}user_1"`,
		"{{user.id || organization.id}}": `"{{user.id || organization.id}}"`,
	} {
		got, err := json.Marshal(maria(t).fill(text))
		if err != nil || string(got) != want {
			t.Errorf("%q became %s, want %s (%v)", text, got, want, err)
		}
	}
	nested := map[string]any{"a": []any{"{{user.id}}", 1.0, map[string]any{"{{user.id}}": "{{user.id}}"}}}
	if got, want := maria(t).fill(nested), (map[string]any{"a": []any{"user_1", 1.0, map[string]any{"{{user.id}}": "user_1"}}}); !reflect.DeepEqual(got, want) {
		t.Errorf("filled %v, want %v", got, want)
	}
}

// FuzzFill: a text never panics, and one without shortcodes stays.
func FuzzFill(f *testing.F) {
	for _, text := range []string{"{{user.id}}", "{{ a || 'b' }}", "{{'", "}}{{", "{{user.id || 3}} {{"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := maria(t).fill(text)
		if !strings.Contains(text, opening) && got != any(text) {
			t.Errorf("%q became %v", text, got)
		}
	})
}
