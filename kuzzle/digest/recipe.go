package digest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// RecipeName is the name of the format of digests that a recipe describes:
//
//	{"recipe":"bcrypt(base64(hmac_sha512(pepper, password)))","values":{"pepper":"…"},"digest":"$2b$…"}
//
// The values are those of the names in the recipe, except for the password. The digest is
// the text that the other system stored. A recipe with one argument for bcrypt, pbkdf2_…,
// scrypt, argon2… or recognised takes salt and parameters from that text.
const RecipeName = "recipe"

// The names in recipes that are not columns, see package recipe.
const (
	PepperName = recipe.PepperName
	SaltName   = recipe.SaltName
)

// Bounds of a recipe's values, in bytes: one value, and all of them together.
const (
	maxValue  = 1024
	maxValues = 2048
)

// Recipe is the description of a digest, without its values.
type Recipe struct {
	root  *recipe.Part
	names []string
	// text is the recipe in its one spelling, shown the same without secrets.
	text, shown string
}

// lastRecipe is the recipe that was parsed last: all digests of an import have the same.
var lastRecipe atomic.Pointer[Recipe]

// ParseRecipe reads a recipe, and checks its functions and their arguments, as far as
// possible without values. It returns ErrRecipe.
func ParseRecipe(text string) (*Recipe, error) {
	if last := lastRecipe.Load(); last != nil && last.text == text {
		return last, nil
	}
	root, err := recipe.Parse(text)
	if err != nil {
		return nil, badRecipe(err)
	}
	r := &Recipe{root: root, text: root.String(), shown: root.Shown()}
	if len(r.text) > recipe.MaxText {
		return nil, ErrRecipe.New(fmt.Sprintf("it has %d bytes with a blank after each comma, at most %d are allowed", len(r.text), recipe.MaxText))
	}
	r.collect(root)
	k, err := r.compile(nil)
	if err != nil {
		return nil, badRecipe(err)
	}
	if err := within(RecipeName, k.bounds(unbounded)); err != nil {
		return nil, err
	}
	lastRecipe.Store(r)
	return r, nil
}

// Check returns ErrTooExpensive if the recipe costs more than the ceilings allow, whatever
// the digest. Digests with parameters of their own may still cost too much.
func (r *Recipe) Check(most Ceilings) error {
	k, err := r.compile(nil)
	if err != nil {
		return badRecipe(err)
	}
	return within(RecipeName, k.bounds(most.WithDefaults()))
}

// compile compiles the recipe except for the digest's own function. Without values, each
// value is taken for a short one.
func (r *Recipe) compile(values map[string]string) (recipeKDF, error) {
	if slow := recipe.CountSlow(r.root); slow > recipe.MaxSlow {
		return recipeKDF{}, ErrTooExpensive.New(RecipeName, "the number of slow functions", slow, recipe.MaxSlow)
	}
	c, from := recipe.Compiler{Values: values, Slow: slowFunction}, r.root
	own := selfDescribing(r.root)
	if own != nil {
		from = r.root.Args[0]
	}
	p, err := c.Compile(from)
	if err != nil {
		return recipeKDF{}, err
	}
	k := recipeKDF{Step: p, shownText: r.shown}
	switch {
	case !p.Password:
		err = r.root.Fault("the password is missing")
	case own != nil && r.root.Name == BcryptName && !p.Text:
		err = from.Fault(rawBytes)
	case own != nil:
	case p.Carries:
		err = r.root.Fault("the password is not hashed")
	case p.Inside(r.root).Fixed < minSum:
		err = r.root.Fault("the result has %d bytes, at least %d are needed", p.Inside(r.root).Fixed, minSum)
	}
	return k, err
}

func badRecipe(err error) error {
	var fault *recipe.Error
	if errors.As(err, &fault) {
		return ErrRecipe.New(fault.Error())
	}
	var cost *recipe.CostError
	if errors.As(err, &cost) {
		return ErrTooExpensive.New(RecipeName, cost.Name, cost.Value, cost.Most)
	}
	return err
}

// collect gathers the names of values.
func (r *Recipe) collect(p *recipe.Part) {
	if p.Kind == recipe.Name && p.Name != recipe.PasswordName && !slices.Contains(r.names, p.Name) {
		r.names = append(r.names, p.Name)
	}
	for _, arg := range p.Args {
		r.collect(arg)
	}
}

// Names returns the names of the values that the recipe needs besides the password.
func (r *Recipe) Names() []string { return slices.Clone(r.names) }

// Text returns the text of a digest in the format recipe. values may have more names than
// the recipe needs. It returns ErrRecipe for a missing or too long value.
func (r *Recipe) Text(digest string, values map[string]string) (string, error) {
	doc := recipeDocument{Recipe: r.text, Digest: strings.TrimSpace(digest), Values: map[string]string{}}
	all := 0
	for _, name := range r.names {
		value, given := values[name]
		switch {
		case !given || value == "":
			return "", ErrRecipe.New("it needs a value for " + shorten(name))
		case len(value) > maxValue || !utf8.ValidString(value):
			return "", ErrRecipe.New("the value of " + shorten(name) + " is too long or not text")
		}
		doc.Values[name] = value
		all += len(value)
	}
	if all > maxValues {
		return "", ErrRecipe.New("its values together are too long")
	}
	return doc.text(), nil
}

// Described returns the format and the text of a digest for a recipe or the name of a
// preset. Errors are ErrRecipe.
func Described(how, digest string, values map[string]string) (hasher, text string, err error) {
	if p, ok := recipe.FindPreset(how); ok && p.Recipe == "" {
		return p.Hasher, digest, nil
	}
	r, err := ParseRecipe(recipe.Whole(how))
	if err != nil {
		return "", "", err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(r.names, name) {
			return "", "", ErrRecipe.New("it has no place for a value of " + shorten(name))
		}
	}
	text, err = r.Text(digest, values)
	return RecipeName, text, err
}

// recipeDocument is the text of a digest with its recipe.
type recipeDocument struct {
	Recipe string            `json:"recipe"`
	Values map[string]string `json:"values,omitempty"`
	Digest string            `json:"digest"`
}

func (d recipeDocument) text() string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(d) // texts are always encoded
	return strings.TrimSuffix(out.String(), "\n")
}

// recipeFormat is the Format of recipeDocument.
type recipeFormat struct{}

var _ Format = recipeFormat{}

// Name implements Format.
func (recipeFormat) Name() string { return RecipeName }

// Recognise implements Format.
func (recipeFormat) Recognise(text string) Claim { return prefixed(`{"recipe":`)(text) }

// Parse implements Format.
func (recipeFormat) Parse(text string, most Ceilings) (Digest, error) {
	return grammar{name: RecipeName, read: readRecipe}.Parse(text, most)
}

// readRecipe reads the one spelling that Recipe.Text writes.
func readRecipe(format, text string) (*stored, error) {
	var doc recipeDocument
	if err := document(format, text, &doc); err != nil {
		return nil, err
	}
	r, err := ParseRecipe(doc.Recipe)
	if err != nil {
		return nil, err
	}
	if whole, err := r.Text(doc.Digest, doc.Values); err != nil || len(doc.Values) != len(r.names) || whole != text {
		return nil, malformed(format, "it is not as this program writes it, or lacks a value")
	}
	d, err := r.stored(format, doc)
	if err != nil {
		return nil, badRecipe(err)
	}
	return d, nil
}

// stored compiles the recipe with its values and reads the digest.
func (r *Recipe) stored(format string, doc recipeDocument) (*stored, error) {
	blank := func(inner func() string) func() string {
		return func() string {
			without := doc
			without.Digest = inner()
			return without.text()
		}
	}
	k, err := r.compile(doc.Values)
	if err != nil {
		return nil, err
	}
	var d *stored
	if own := selfDescribing(r.root); own != nil {
		inner, err := own(format, doc.Digest)
		if err != nil {
			return nil, err
		}
		if d, err = k.under(r.root, inner); err != nil {
			return nil, err
		}
		d.blank, d.keyed = blank(inner.blank), inner.keyed
	} else {
		whole := k.Step
		sum, zero, err := r.sum(format, whole, doc.Digest)
		if err != nil {
			return nil, err
		}
		k.Step = whole.Inside(r.root)
		d = &stored{ways: []kdf{k}, sum: sum, insecure: len(whole.Slow) == 0, blank: blank(func() string { return zero })}
	}
	d.keyed = d.keyed || slices.Contains(r.names, PepperName) || r.shown != r.text
	return d, nil
}

// sum decodes a digest whose bytes the recipe computes, and returns its text for zeros.
func (r *Recipe) sum(format string, whole *recipe.Step, digest string) (sum []byte, zero string, err error) {
	size := whole.Inside(r.root).Fixed
	raw := r.root.Name != "hex" && r.root.Name != "base64" && whole.Hash
	switch {
	case isHex(digest, 2*size) && (raw || r.root.Name == "hex"):
		sum, err = unhex(format, "the digest", digest, size, size)
		zero = strings.Repeat("0", 2*size)
	case raw || r.root.Name == "base64":
		sum, err = unbase64(format, "the digest", digest, any64, size, size)
		zero = std64.EncodeToString(make([]byte, size))
	case r.root.Name == "hex":
		err = malformed(format, "the digest is not %d hexadecimal digits, as its recipe makes", 2*size)
	default:
		sum, zero, err = []byte(digest), strings.Repeat("0", size), sized(format, "the digest", len(digest), size, size)
	}
	return sum, zero, err
}

// NeedsPepper reports whether a recipe, or a preset, needs a pepper. A faulty recipe needs
// none.
func NeedsPepper(how string) bool {
	r, err := ParseRecipe(recipe.Whole(how))
	return err == nil && slices.Contains(r.names, PepperName)
}
