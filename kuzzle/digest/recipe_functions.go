package digest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// compiler compiles recipes with values. Without values it takes each for the placeholder.
type compiler struct{ values map[string]string }

// placeholder stands for a value that is not known yet, as the numbers in placeholders do
// for a number; 1 stands for others.
const placeholder = "a value that is unknown, perhaps"

var placeholders = map[string]int64{"N": 2, "memory": 8 * hardArgon2Lanes, "size": 32}

// function is a function of recipes. Its first texts arguments are texts, the others are
// numbers, whose names are in numbers.
type function struct {
	texts   int
	numbers []string
	make    func(c compiler, at *recipe.Part, args []*part, numbers []int64) (*part, error)
}

// quickly is a function that cannot fail.
func quickly(make func(args []*part) *part) function {
	return function{1, nil, func(_ compiler, _ *recipe.Part, args []*part, _ []int64) (*part, error) { return make(args), nil }}
}

var recipeHashes = []algorithm{md5Hash, sha1Hash, sha224Hash, sha256Hash, sha384Hash, sha512Hash}

// anyNumber is the number of arguments of concat.
const anyNumber = 0

// functions are the functions of recipes by name.
var functions = func() map[string]function {
	all := map[string]function{
		"concat":   {anyNumber, nil, func(_ compiler, _ *recipe.Part, args []*part, _ []int64) (*part, error) { return joined(args), nil }},
		"hex":      quickly(func(args []*part) *part { return inHex(args[0]) }),
		"base64":   quickly(func(args []*part) *part { return inBase64(args[0]) }),
		"unhex":    {1, nil, decoded(func(text string) ([]byte, error) { return unhex("", "", text, 0, maxValue) })},
		"unbase64": {1, nil, decoded(func(text string) ([]byte, error) { return unbase64("", "", text, any64, 0, maxValue) })},
		"utf16le":  {1, nil, ofText(inUTF16)}, "lower": {1, nil, ofText(lower)}, "upper": {1, nil, ofText(upper)},
		"scrypt": {2, []string{"N", "r", "p", "size"}, func(c compiler, at *recipe.Part, args []*part, n []int64) (*part, error) {
			k := scryptKDF{n: n[0], r: n[1], p: n[2]}
			if k.check("") != nil {
				return nil, at.Fault("N of scrypt is not a power of two above 1")
			}
			return c.slow(at, args, n[3], func(salt []byte) kdf { k.salt = salt; return k })
		}},
	}
	for _, a := range recipeHashes {
		all[a.name] = quickly(func(args []*part) *part { return hashOf(a, args[0]) })
		all["hmac_"+a.name] = function{2, nil, func(_ compiler, _ *recipe.Part, args []*part, _ []int64) (*part, error) {
			return hmacOf(a, args[0], args[1]), nil
		}}
		all["pbkdf2_"+a.name] = function{2, []string{"iterations", "size"}, func(c compiler, at *recipe.Part, args []*part, n []int64) (*part, error) {
			return c.slow(at, args, n[1], func(salt []byte) kdf {
				return pbkdf2KDF{prf: a, iterations: n[0], salt: salt, size: int(n[1])}
			})
		}}
	}
	for kind := range argon2Kinds {
		all["argon2"+kind] = function{2, []string{"memory", "passes", "lanes", "size"}, func(c compiler, at *recipe.Part, args []*part, n []int64) (*part, error) {
			k := argon2KDF{kind: kind, memory: n[0], passes: n[1], lanes: n[2]}
			if k.check("") != nil {
				return nil, at.Fault("argon2 needs at least 8 KiB of memory for each lane")
			}
			return c.slow(at, args, n[3], func(salt []byte) kdf { k.salt = salt; return k })
		}}
	}
	return all
}()

// selfDescribing returns the reader of digests that show salt and parameters themselves, if
// the recipe is one function of them with one argument, and else nil.
func selfDescribing(p *recipe.Part) reading {
	if len(p.Args) != 1 {
		return nil
	}
	name := p.Name
	_, known := functions[name]
	switch {
	case name == BcryptName:
		return readBcrypt
	case name == "recognised":
		return readRecognised(func(kdf) bool { return true }, "a format that is known")
	case !known && name != "argon2" && name != "pbkdf2":
	case name == "scrypt":
		return readRecognised(func(k kdf) bool { _, is := k.(scryptKDF); return is }, "scrypt")
	case strings.HasPrefix(name, "argon2"):
		return readRecognised(func(k kdf) bool {
			a, is := k.(argon2KDF)
			return is && (name == "argon2" || name == a.name())
		}, name)
	case strings.HasPrefix(name, "pbkdf2"):
		return readRecognised(func(k kdf) bool {
			a, is := k.(pbkdf2KDF)
			return is && (name == "pbkdf2" || name == "pbkdf2_"+a.prf.name)
		}, name)
	}
	return nil
}

// readRecognised reads a digest of the format that it shows.
func readRecognised(is func(kdf) bool, name string) reading {
	return func(format, text string) (*stored, error) {
		d, err := Guess(text, unbounded)
		if err != nil {
			return nil, err
		}
		s, ok := d.(*stored)
		if !ok || s.format == RecipeName || !is(s.ways[0]) {
			return nil, malformed(format, "the digest is not %s, as its recipe says", name)
		}
		return s, nil
	}
}

// countSlow counts the slow functions of a recipe.
func countSlow(p *recipe.Part) (sum int64) {
	for _, arg := range p.Args {
		sum += countSlow(arg)
	}
	if p.Kind == recipe.Call && isSlow(p.Name) {
		sum++
	}
	return sum
}

func isSlow(name string) bool {
	return slices.ContainsFunc([]string{"bcrypt", "pbkdf2", "scrypt", "argon2", "recognised"}, func(begin string) bool { return strings.HasPrefix(name, begin) })
}

// part compiles a part. A part that does not depend on the password is computed at once.
func (c compiler) part(p *recipe.Part) (*part, error) {
	switch p.Kind {
	case recipe.Text:
		if p.Text == "" {
			return nil, p.Fault("the text in quotes is empty")
		}
		return constant([]byte(p.Text)), nil
	case recipe.Number:
		return nil, p.Fault("a number has no place here; write a text as '%d'", p.Number)
	case recipe.Name:
		if p.Name == passwordName {
			return thePassword(), nil
		}
		if c.values == nil {
			return constant([]byte(placeholder)), nil
		}
		return constant([]byte(c.values[p.Name])), nil
	}
	f, known := functions[p.Name]
	switch {
	case selfDescribing(p) != nil:
		return nil, p.Fault("%s with one argument takes salt and parameters from the digest, so it can only be the first function", p.Name)
	case !known:
		return nil, p.Fault("there is no function %s; there are %s", shorten(p.Name), strings.Join(FunctionNames(), ", "))
	case f.texts == anyNumber:
		f.texts = len(p.Args)
	case len(p.Args) != f.texts+len(f.numbers):
		return nil, p.Fault("%s has %d arguments, %d are needed: %s", p.Name, len(p.Args), f.texts+len(f.numbers), f.usage())
	}
	var args []*part
	for _, arg := range p.Args[:f.texts] {
		one, err := c.part(arg)
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
	if err == nil && !out.password && len(out.slow) == 0 {
		if out.size(0) > maxWork {
			return nil, ErrTooExpensive.New(RecipeName, "the number of bytes of a part", int64(out.size(0)), int64(maxWork))
		}
		text := out.text
		out = constant(out.eval(&run{}))
		out.text = text
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
func (c compiler) number(p *recipe.Part, name string) (int64, error) {
	n := p.Number
	switch {
	case p.Kind == recipe.Name && p.Name != passwordName && p.Name != PepperName:
		if c.values == nil {
			return max(1, placeholders[name]), nil
		}
		digits := c.values[p.Name]
		if _, after, named := strings.Cut(digits, "i="); named && name == "iterations" {
			digits, _, _ = strings.Cut(after, ",") // Discourse has $pbkdf2-sha256$i=600000,l=32$ in a column
		}
		var err error
		if n, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return 0, p.Fault("the value for %s is not a number", name)
		}
	case p.Kind != recipe.Number:
		return 0, p.Fault("%s has to be a number, or the name of a column with one", name)
	}
	if n < 1 {
		return 0, p.Fault("%s is not a positive number", name)
	}
	return n, nil
}

// slow makes a slow function of a text and a salt.
func (c compiler) slow(at *recipe.Part, args []*part, size int64, with func(salt []byte) kdf) (*part, error) {
	switch {
	case args[1].password || len(args[1].slow) > 0:
		return nil, at.Fault("the salt of %s depends on the password", at.Name)
	case size < minSum || size > maxPBKDF2Sum:
		return nil, at.Fault("the size of %s is %d bytes, %d to %d are allowed", at.Name, size, minSum, maxPBKDF2Sum)
	}
	return slowly(with(args[1].eval(&run{})), int(size), args[0]), nil
}

// decoded decodes a text that does not depend on the password.
func decoded(decode func(text string) ([]byte, error)) func(compiler, *recipe.Part, []*part, []int64) (*part, error) {
	return func(c compiler, at *recipe.Part, args []*part, _ []int64) (*part, error) {
		if args[0].password || len(args[0].slow) > 0 {
			return nil, at.Fault("%s is for values, and this one depends on the password", at.Name)
		}
		raw, err := decode(string(args[0].eval(&run{})))
		if c.values == nil {
			raw, err = []byte(placeholder), nil
		}
		if err != nil {
			return nil, at.Fault("the value is not in the encoding that %s reads", at.Name)
		}
		out := constant(raw)
		out.text = false
		return out, nil
	}
}

func ofText(make func(*part) *part) func(compiler, *recipe.Part, []*part, []int64) (*part, error) {
	return func(_ compiler, at *recipe.Part, args []*part, _ []int64) (*part, error) {
		if !args[0].text {
			return nil, at.Fault("%s is for text, and it gets raw bytes", at.Name)
		}
		return make(args[0]), nil
	}
}

// FunctionNames returns the names of the functions of recipes.
func FunctionNames() []string {
	names := []string{"bcrypt", "argon2", "pbkdf2", "recognised"}
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
