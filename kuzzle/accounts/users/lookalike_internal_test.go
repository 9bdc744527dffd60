package users

import (
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

func named(value string) strategies.Identifier {
	return strategies.Identifier{Kind: "username", Value: value}
}

// TestLookAlikesAreOneClaim checks that names that a person cannot distinguish share a key, and
// other names share none.
func TestLookAlikesAreOneClaim(t *testing.T) {
	rule := Naming{Alike: true}
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"admin", "\u0430dmin", true}, {"ADMIN", "\u0410dmin", true}, {"coco", "\u0441\u043e\u0441\u043e", true},
		{"anna", "\u0391\u039d\u039d\u0391", true}, {"nik", "\u039d\u0399\u039a", true}, {"top", "\u0422\u041e\u0420", true},
		{"ibm", "\u0399\u0392\u039c", true}, {"paypal", "p\u0430yp\u0430l", true}, {"admin", "adm\u0131n", true},
		{"\u0418\u0432\u0430\u043d", "\u0438\u0432a\u043d", true}, {"ann@example.org", "\u0430nn@ex\u0430mple.org", true},
		{"\u03b1\u03bd\u03bd\u03b1", "\u0391\u039d\u039d\u0391", true},
		{"tom", "torn", false}, {"l1", "ll", false}, {"o0", "oo", false}, {"anna", "\u0410\u043d\u043d\u0430", false},
		{"jurgen", "j\u00fcrgen", false}, {"\u65e5\u672c", "\u65e5\u6728", false}, {"\u0418\u0432\u0430\u043d", "\u0418\u0432\u043e\u043d", false},
		{"+4930123456", "+493012345O", false},
	} {
		a, errA := rule.ClaimKeys("local", named(test.a))
		b, errB := rule.ClaimKeys("local", named(test.b))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := slices.ContainsFunc(a, func(key string) bool { return slices.Contains(b, key) }); got != test.same {
			t.Errorf("%q and %q: one claim %v, want %v: %q and %q", test.a, test.b, got, test.same, a, b)
		}
	}
	phone, err := rule.ClaimKeys("local", named("+4930123456"))
	if err != nil || !slices.Equal(phone, []string{"2:phone:+4930123456"}) {
		t.Errorf("a phone number has the keys %q (%v)", phone, err)
	}
}

// TestNamesThatAreRefused checks that names of one script pass, and so do usual mixes.
func TestNamesThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		want bool
	}{
		{"jdoe", false}, {"\u0418\u0432\u0430\u043d", false}, {"\u039d\u03af\u03ba\u03bf\u03c2", false}, {"\u65e5\u672c\u306e\u30e6\u30fc\u30b6taro", false},
		{"\uae40\ucca0\uc218kim", false}, {"\u738b\u5c0f\u660e", false}, {"\u0438\u0432\u0430\u043d@example.org", false}, {"\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.com", false},
		{"+4930123456", false}, {"\u0430dmin", true}, {"\u0430dmin@example.org", true}, {"ann@ex\u0430mple.org", true},
	} {
		if got := (Naming{Alike: true}).refuses(named(test.name)); got != test.want {
			t.Errorf("%q: refused %v, want %v", test.name, got, test.want)
		}
		if (Naming{}).refuses(named(test.name)) || (Naming{Exact: true}).refuses(named(test.name)) {
			t.Errorf("%q is refused without the rule", test.name)
		}
	}
}

// TestDataKeepsItsRule checks that existing data keeps its rule, that new data gets the newest, and
// that a start under another rule reports the remedy.
func TestDataKeepsItsRule(t *testing.T) {
	for _, test := range []struct {
		begun  NamingPart
		wanted LookAlikes
		alike  bool
		fits   bool
	}{
		{NamingPart{}, AsTheDataHas, false, true}, {NamingPart{LookAlikes: true}, AsTheDataHas, true, true}, {NamingPart{}, "", false, true},
		{NamingPart{}, Same, false, false}, {NamingPart{LookAlikes: true}, Distinct, false, false},
		{NamingPart{}, Distinct, false, true}, {NamingPart{LookAlikes: true}, Same, true, true},
	} {
		_, names, _ := New(Options{LookAlikes: test.wanted, Uncontained: true})
		err := names.allow(test.begun)
		if (err == nil) != test.fits || names.Naming().Alike != test.alike {
			t.Errorf("%+v under %q: %v, alike %v", test.begun, test.wanted, err, names.Naming().Alike)
		}
	}
	if got := AsTheDataHas.Fresh(false); !got.LookAlikes {
		t.Error("new data takes names that look alike for different ones")
	}
	if got := AsTheDataHas.Fresh(true); got.LookAlikes {
		t.Error("names as they are given are folded")
	}
}
