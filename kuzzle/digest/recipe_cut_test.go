package digest

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestRecipesWithoutThePassword: bcrypt cuts its text, and a recipe that leaves too little of the
// password in front of the cut is refused with the values of the digest.
func TestRecipesWithoutThePassword(t *testing.T) {
	for _, c := range []struct {
		recipe, before string
		refused        bool
	}{
		{"bcrypt(concat('" + strings.Repeat("x", 80) + "', password))", strings.Repeat("x", 80), true},
		{"bcrypt(concat(salt, password))", strings.Repeat("s", 100), true},
		{"bcrypt(concat(salt, password))", strings.Repeat("s", 57), true},
		{"bcrypt(concat(salt, password))", strings.Repeat("s", 56), false},
		{"recognised(concat(salt, password))", strings.Repeat("s", 100), true},
		{"bcrypt(lower(concat(salt, password)))", strings.Repeat("s", 72), true},
		{"bcrypt(lower(concat(salt, password)))", strings.Repeat("s", 50), false},
		{"bcrypt(concat(hex(md5(salt)), hex(md5(password)), salt))", "5f2d", false},
		{"bcrypt(concat(hex(sha512(salt)), password))", "salt", true},
		{"bcrypt(concat(password, salt))", strings.Repeat("s", 100), false},
	} {
		sum, err := bcrypt.GenerateFromPassword([]byte(c.before[:min(len(c.before), 72)]), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		if strings.Contains(c.recipe, "salt") {
			values["salt"] = c.before
		}
		_, text, err := Described(c.recipe, string(sum), values)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(RecipeName, text, Ceilings{})
		if (err != nil) != c.refused {
			t.Errorf("%.40q after %d bytes: %v", c.recipe, len(c.before), err)
		}
		if err == nil && d.Matches("any password") {
			t.Errorf("%.40q lets in anybody", c.recipe)
		}
	}
}
