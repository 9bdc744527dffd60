package outlook

import (
	"strings"
	"testing"
)

// Texts of secrets as systems write them, in columns of any name.
func TestExample(t *testing.T) {
	for _, row := range []struct {
		name  string
		value any
		want  string
	}{
		{"town", "Oslo", `"Oslo"`},
		{"visits", 17.0, "17"},
		{"active", true, "true"},
		{"seen", "2024-01-02T03:04:05.678Z", `"2024-01-02T03:04:05.678Z"`},
		{"mail", "someone.with.a.long.name1@example.com", `"someone.with.a.long.name1@example.com"`},
		{"site", "https://example.com/about", `"https://example.com/about"`},
		{"bio", strings.Repeat("ab ", 30), `"` + strings.Repeat("ab ", 13) + `…"`},
		{"note", "a\x1b[31mred\n", `"a\x1b[31mred\n"`},
		{"town", nil, Hidden},
		{"nested", map[string]any{"token": "x"}, "an object of 1 members"},
		{"list", []any{"x", "y"}, "a list of 2"},
		{"reset_password_token", "abc", Hidden},
		{"API Key", "abc", Hidden},
		{"otpSecret", 123456.0, Hidden},
		{"pw", "sesame", Hidden},
		{"mot de passe", "sesame", Hidden},
		{"mdp", "sesame", Hidden},
		{"Kennwort", "sesame", Hidden},
		{"reset", "happy-tiger", Hidden},
		{"inviteWord", "tiger", Hidden},
		{"email_verification", "sesame", Hidden},
		{"has_password_hint", true, "true"},
		{"x", "$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu", Hidden},
		{"x", "5f4dcc3b5aa765d61d8327deb882cf99", Hidden},
		{"x", "{SSHA}abcd", Hidden},
		{"x", `{"a":"4cb9a1d2e3f4"}`, Hidden},
		{"x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", Hidden},
		{"x", "Bearer sk_live_4eC39HqLyjWDarjtT1zdp7dc", Hidden},
		{"x", "0f8fad5b-d9cb-469f-a165-70867728950e", Hidden},
		{"x", "https://example.com/?reset=abc", Hidden},
		{"x", "https://user:pw@example.com/", Hidden},
		{"x", strings.Repeat("abcdefgh", 4), Hidden},
	} {
		if got := Example(row.name, row.value); got != row.want {
			t.Errorf("%s %v: got %s, want %s", row.name, row.value, got, row.want)
		}
	}
}
