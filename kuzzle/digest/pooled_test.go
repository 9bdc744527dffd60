package digest

import "testing"

var small = Hasher{Memory: 64, Passes: 1, Lanes: 1}

// Everything that a maker's pool verifies works in that pool's memory.
func TestEquipped(t *testing.T) {
	wrap := func(text string) Digest {
		d, err := Parse("md5", text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		wrapped, ok := Wrap(t.Context(), d, small)
		if !ok {
			t.Fatal("md5 cannot be wrapped")
		}
		return wrapped
	}
	parse := func(text string) Digest {
		d, err := ParseOwn(text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const md5OfPassword = "5f4dcc3b5aa765d61d8327deb882cf99"
	for _, row := range []struct {
		name string
		own  Maker
		d    Digest
		used int64
	}{
		{"our own", small, parse(small.Hash("password")), 64 << 10},
		{"with other parameters", small, parse(Hasher{Memory: 128, Passes: 1, Lanes: 2}.Hash("password")), 128 << 10},
		{"a wrapped one", small, wrap(md5OfPassword), 64 << 10},
		{"beside bcrypt", Bcrypt{Rounds: 4, Long: Hasher{Memory: 256, Passes: 1}}, parse(small.Hash("password")), 64 << 10},
		{"bcrypt itself", Bcrypt{Rounds: 4}, parse(Bcrypt{Rounds: 4}.Hash("password")), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool := NewPool(Limits{Workers: 2})
			own := Equip(pool, row.own)
			err := pool.Do(t.Context(), CheckCost(row.d, own, "password"), func() {
				if !Check(t.Context(), row.d, own, "password") || !Matches(t.Context(), row.d, own, "password") || Matches(t.Context(), row.d, own, "passwort") {
					t.Error("the password was judged wrongly")
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := pool.Kept(); got != row.used {
				t.Errorf("%d bytes of the pool's memory were used, want %d", got, row.used)
			}
		})
	}
}
