package recipe

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// Compiler compiles recipes with values. Without values it takes each for the placeholder.
type Compiler struct {
	Values map[string]string
	// Slow makes a slow function with its own parameters, see [SlowFunctions]. pads tells
	// whether the function ignores zeros at the end of its text. reason is not empty if the
	// parameters cannot be used.
	Slow func(name string, numbers []int64, salt []byte) (k Slow, pads bool, reason string)
}

// placeholder stands for a value that is not known yet, as the numbers in placeholders do
// for a number; 1 stands for others.
const placeholder = "a value that is unknown, perhaps"

var placeholders = map[string]int64{"N": 2, "memory": 8 * 255, "size": 32}

// function is a function of recipes. Its first texts arguments are texts, the others are
// numbers, whose names are in numbers.
type function struct {
	texts   int
	numbers []string
	make    func(c Compiler, at *Part, args []*Step, numbers []int64) (*Step, error)
}

// quickly is a function that cannot fail.
func quickly(make func(args []*Step) *Step) function {
	return function{1, nil, func(_ Compiler, _ *Part, args []*Step, _ []int64) (*Step, error) { return make(args), nil }}
}

// Hash is a hash function.
type Hash struct {
	name string
	new  func() hash.Hash
	size int
}

func (a Hash) sum(text []byte) []byte {
	h := a.new()
	h.Write(text)
	return h.Sum(nil)
}

var hashes = []Hash{
	{"md5", md5.New, md5.Size}, {"sha1", sha1.New, sha1.Size}, {"sha224", sha256.New224, sha256.Size224},
	{"sha256", sha256.New, sha256.Size}, {"sha384", sha512.New384, sha512.Size384}, {"sha512", sha512.New, sha512.Size},
}

// anyNumber is the number of arguments of concat.
const anyNumber = 0

// functions are the functions of recipes by name.
var functions = func() map[string]function {
	all := map[string]function{
		"concat":   {anyNumber, nil, func(_ Compiler, _ *Part, args []*Step, _ []int64) (*Step, error) { return joined(args), nil }},
		"hex":      quickly(func(args []*Step) *Step { return inHex(args[0]) }),
		"base64":   quickly(func(args []*Step) *Step { return inBase64(args[0]) }),
		"unhex":    {1, nil, decoded(hex.DecodeString)},
		"unbase64": {1, nil, decoded(func(text string) ([]byte, error) { return base64.RawStdEncoding.DecodeString(plain64.Replace(text)) })},
		"utf16le":  {1, nil, ofText(inUTF16)}, "lower": {1, nil, ofText(lower)}, "upper": {1, nil, ofText(upper)},
	}
	for _, a := range hashes {
		all[a.name] = quickly(func(args []*Step) *Step { return hashOf(a, args[0]) })
		all["hmac_"+a.name] = function{2, nil, func(_ Compiler, _ *Part, args []*Step, _ []int64) (*Step, error) {
			return hmacOf(a, args[0], args[1]), nil
		}}
		all["pbkdf2_"+a.name] = function{2, []string{"iterations", "size"}, Compiler.slow}
	}
	all["scrypt"] = function{2, []string{"N", "r", "p", "size"}, Compiler.slow}
	for _, kind := range []string{"d", "i", "id"} {
		all["argon2"+kind] = function{2, []string{"memory", "passes", "lanes", "size"}, Compiler.slow}
	}
	return all
}()

// CountSlow counts the slow functions of a recipe.
func CountSlow(p *Part) (sum int64) {
	for _, arg := range p.Args {
		sum += CountSlow(arg)
	}
	if p.Kind == Call && IsSlow(p.Name) {
		sum++
	}
	return sum
}

// IsSlow reports whether a function takes time.
func IsSlow(name string) bool {
	return slices.ContainsFunc([]string{"bcrypt", "pbkdf2", "scrypt", "argon2", "recognised"}, func(begin string) bool { return strings.HasPrefix(name, begin) })
}

// Compile compiles a part. A part that does not depend on the password is computed at once.
func (c Compiler) Compile(p *Part) (*Step, error) {
	switch p.Kind {
	case Text:
		if p.Text == "" {
			return nil, p.Fault("the text in quotes is empty")
		}
		return constant([]byte(p.Text)), nil
	case Number:
		return nil, p.Fault("a number has no place here; write a text as '%d'", p.Number)
	case Name:
		if p.Name == PasswordName {
			return thePassword(), nil
		}
		if c.Values == nil {
			return constant([]byte(placeholder)), nil
		}
		return constant([]byte(c.Values[p.Name])), nil
	}
	f, known := functions[p.Name]
	switch {
	case len(p.Args) == 1 && SelfDescribing(p.Name):
		return nil, p.Fault("%s with one argument takes salt and parameters from the digest, so it can only be the first function", p.Name)
	case !known:
		return nil, p.Fault("there is no function %s; there are %s", shorten(p.Name), strings.Join(FunctionNames(), ", "))
	case f.texts == anyNumber:
		f.texts = len(p.Args)
	case len(p.Args) != f.texts+len(f.numbers):
		return nil, p.Fault("%s has %d arguments, %d are needed: %s", p.Name, len(p.Args), f.texts+len(f.numbers), f.usage())
	}
	var args []*Step
	for _, arg := range p.Args[:f.texts] {
		one, err := c.Compile(arg)
		if err != nil {
			return nil, err
		}
		args = append(args, one)
	}
	var numbers []int64
	for i, arg := range p.Args[f.texts:] {
		n, err := c.number(arg, f.numbers[i])
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	out, err := f.make(c, p, args, numbers)
	if err == nil && !out.Password && len(out.Slow) == 0 {
		if out.Size(0) > MaxWork {
			return nil, &CostError{"the number of bytes of a part", int64(out.Size(0)), MaxWork}
		}
		text := out.Text
		out = constant(out.Eval(&Run{}))
		out.Text = text
	}
	return out, err
}

func (f function) usage() string {
	texts := [][]string{nil, {"text"}, {"text", "salt"}}[min(f.texts, 2)]
	if f.texts == 2 && f.numbers == nil {
		texts = []string{"key", "text"}
	}
	return strings.Join(append(slices.Clone(texts), f.numbers...), ", ")
}

// number reads a number, which may be in a value.
func (c Compiler) number(p *Part, name string) (int64, error) {
	n := p.Number
	switch {
	case p.Kind == Name && p.Name != PasswordName && p.Name != PepperName:
		if c.Values == nil {
			return max(1, placeholders[name]), nil
		}
		digits := c.Values[p.Name]
		if _, after, named := strings.Cut(digits, "i="); named && name == "iterations" {
			digits, _, _ = strings.Cut(after, ",") // Discourse has $pbkdf2-sha256$i=600000,l=32$ in a column
		}
		var err error
		if n, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return 0, p.Fault("the value for %s is not a number", name)
		}
	case p.Kind != Number:
		return 0, p.Fault("%s has to be a number, or the name of a column with one", name)
	}
	if n < 1 {
		return 0, p.Fault("%s is not a positive number", name)
	}
	return n, nil
}

// slow makes a slow function of a text and a salt.
func (c Compiler) slow(at *Part, args []*Step, numbers []int64) (*Step, error) {
	size := numbers[len(numbers)-1]
	switch {
	case args[1].Password || len(args[1].Slow) > 0:
		return nil, at.Fault("the salt of %s depends on the password", at.Name)
	case size < MinSize || size > MaxSize:
		return nil, at.Fault("the size of %s is %d bytes, %d to %d are allowed", at.Name, size, MinSize, MaxSize)
	}
	k, pads, reason := c.Slow(at.Name, numbers, args[1].Eval(&Run{}))
	if reason != "" {
		return nil, at.Fault("%s", reason)
	}
	return slowly(k, pads, int(size), args[0]), nil
}

// MinSize and MaxSize bound the result of a slow function, in bytes.
const (
	MinSize = 16
	MaxSize = 512
)

// decoded decodes a text that does not depend on the password.
func decoded(decode func(text string) ([]byte, error)) func(Compiler, *Part, []*Step, []int64) (*Step, error) {
	return func(c Compiler, at *Part, args []*Step, _ []int64) (*Step, error) {
		if args[0].Password || len(args[0].Slow) > 0 {
			return nil, at.Fault("%s is for values, and this one depends on the password", at.Name)
		}
		raw, err := decode(string(args[0].Eval(&Run{})))
		if c.Values == nil {
			raw, err = []byte(placeholder), nil
		}
		if err != nil {
			return nil, at.Fault("the value is not in the encoding that %s reads", at.Name)
		}
		out := constant(raw)
		out.Text = false
		return out, nil
	}
}

func ofText(make func(*Step) *Step) func(Compiler, *Part, []*Step, []int64) (*Step, error) {
	return func(_ Compiler, at *Part, args []*Step, _ []int64) (*Step, error) {
		if !args[0].Text {
			return nil, at.Fault("%s is for text, and it gets raw bytes", at.Name)
		}
		return make(args[0]), nil
	}
}

// SelfDescribing reports whether a function with one argument takes salt and parameters from
// the digest.
func SelfDescribing(name string) bool {
	f, known := functions[name]
	return name == "bcrypt" || name == "recognised" || name == "argon2" || name == "pbkdf2" || known && IsSlow(name) && f.numbers != nil
}

// CostError is a recipe that costs too much: a parameter, its value and the limit.
type CostError struct {
	Name        string
	Value, Most int64
}

func (e *CostError) Error() string { return e.Name }

// plain64 turns the alphabet for URLs into the standard one, without padding.
var plain64 = strings.NewReplacer("-", "+", "_", "/", "=", "")

// shorten bounds a name in an error.
func shorten(name string) string { return name[:min(len(name), 64)] }

// The names in recipes that are not columns.
const (
	PasswordName = "password"
	// PepperName is the name of a secret that all users of the other system share.
	PepperName = "pepper"
	// SaltName is the name of the digest's salt from a column of its own.
	SaltName = "salt"
)

// FunctionNames returns the names of the functions of recipes.
func FunctionNames() []string {
	names := []string{"bcrypt", "argon2", "pbkdf2", "recognised"}
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
