package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
)

// checkDigest replaces a preset by its recipe or its format, and refuses a recipe that cannot
// be used, or costs too much, before anything is read.
func (o *Options) checkDigest() error {
	refuse := func(option, reason string) error { return &OptionError{option, reason} }
	if o.Digest == "" {
		if o.Pepper != "" {
			return refuse("pepper", "is the pepper of a recipe, and there is none")
		}
		return nil
	}
	if o.Hasher != "" || o.PlainPasswords {
		return refuse("digest", "give only one of it, a hasher and plain passwords")
	}
	if p, ok := recipe.FindPreset(o.Digest); ok && p.Recipe == "" {
		o.Digest, o.Hasher = "", p.Hasher
		return nil
	}
	o.Digest = recipe.Whole(o.Digest)
	r, err := digest.ParseRecipe(o.Digest)
	if err == nil {
		err = r.Check(digest.Ceilings{})
	}
	if failure, ok := fault.From(err); ok {
		return refuse("digest", failure.Message())
	}
	switch needs := slices.Contains(r.Names(), digest.PepperName); {
	case needs && o.Pepper == "":
		return refuse("digest", "the recipe needs a pepper: give --pepper-file, or the variable KUZZLE_DIGEST_PEPPER")
	case !needs && o.Pepper != "":
		return refuse("digest", "the recipe has no place for a pepper")
	}
	return nil
}

// recipe returns the recipe of the digests, nil for none. The options are checked.
func (o Options) recipe() *digest.Recipe {
	if o.Digest == "" {
		return nil
	}
	r, err := digest.ParseRecipe(o.Digest)
	if err != nil {
		return nil
	}
	return r
}

// columns returns the names of a recipe that are columns.
func (o Options) recipeColumns() (names []string) {
	if r := o.recipe(); r != nil {
		names = slices.DeleteFunc(r.Names(), func(name string) bool { return name == digest.PepperName })
	}
	return names
}

// recipeFields returns the fields of the names in a recipe that have a meaning here.
func (o Options) recipeFields() map[string]rows.Field {
	fields, usual := map[string]rows.Field{}, columns.Usual()
	for _, name := range o.recipeColumns() {
		plain := columns.Plain(name)
		fields[name] = rows.Field(usual[plain])
		for column, mapped := range o.Map {
			if columns.Plain(column) == plain {
				fields[name] = rows.Field(mapped)
			}
		}
	}
	return fields
}

// keepFor keeps the values of unused columns that a recipe names.
func (t *table) keepFor(o Options) error {
	for _, name := range o.recipeColumns() {
		if name == digest.SaltName && slices.Contains(t.columns, rows.SaltField) {
			continue
		}
		at := slices.IndexFunc(t.header, func(column string) bool { return columns.Plain(column) == columns.Plain(name) })
		if at < 0 {
			return &OptionError{"digest", fmt.Sprintf("the recipe names the column %s, which the file does not have; it has %s", name, strings.Join(t.header, ", "))}
		}
		if t.columns[at] == rows.UnknownField || t.columns[at] == rows.Ignored {
			t.columns[at] = rows.UnknownField
			t.unused = slices.DeleteFunc(t.unused, func(column string) bool { return column == t.header[at] })
		}
	}
	return nil
}

// describe writes the digest with its recipe and the row's values for it.
func (n *normaliser) describe(r *Row) {
	values := map[string]string{digest.PepperName: n.Pepper}
	for _, name := range n.recipe.Names() {
		if name != digest.PepperName {
			values[name] = n.column(r, name)
		}
	}
	text, err := n.recipe.Text(r.Digest, values)
	if failure, failed := fault.From(err); failed {
		r.Lack(string(rows.DigestField), "%s", failure.Message())
		r.Digest, r.Hasher = "", ""
		return
	}
	r.Digest, r.Hasher = text, digest.RecipeName
}

// column returns the row's value in the column of a name in a recipe.
func (n *normaliser) column(r *Row, name string) string {
	plain := columns.Plain(name)
	for column, value := range r.Unknown {
		if columns.Plain(column) == plain {
			if !n.keeps() {
				delete(r.Unknown, column)
			}
			return textOf(value)
		}
	}
	f := n.recipeFields[name]
	head, rest, _ := strings.Cut(string(f), ".")
	switch {
	case name == digest.SaltName || f == rows.SaltField:
		return r.Salt
	case f == rows.UsernameField:
		return r.Username
	case f == rows.IDField:
		return r.ExternalID
	case f == rows.KuidField:
		return r.Kuid
	case f == rows.EmailField && len(r.Emails) > 0:
		return r.Emails[0].Value
	case f == rows.PhoneField && len(r.Phones) > 0:
		return r.Phones[0].Value
	case rows.Field(head) == rows.ContentField:
		return textOf(r.Content[rest])
	case rows.Field(head) == rows.PrivateField:
		return textOf(r.Private[rest])
	}
	return ""
}

// textOf returns a text or a number as text.
func textOf(value any) string {
	switch v := value.(type) {
	case nil, map[string]any, []any:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
