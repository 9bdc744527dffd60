package digestimport_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestContract(t *testing.T) {
	password := func(n string) string { return "correct horse " + n }
	changed := func(n string) string { return "battery staple " + n }
	strategytest.Run(t, digestimport.New, strategytest.Fixtures{
		Config: []byte(`{"wrap":"weak"}`),
		Credentials: func(n int) strategies.Credentials {
			return strategies.Credentials{
				"username": fmt.Sprintf("ada-%d", n), "email": fmt.Sprintf("ada-%d@example.org", n),
				"passwordDigest": hexMD5(password(fmt.Sprint(n))), "passwordHasher": "md5",
			}
		},
		Login: func(_ *strategytest.Host, created strategies.Credentials) strategies.Credentials {
			name, _ := created["username"].(string)
			n := name[strings.LastIndexByte(name, '-')+1:]
			right := password(n)
			if created["passwordDigest"] == hexMD5(changed(n)) {
				right = changed(n)
			}
			return strategies.Credentials{"username": name, "password": right}
		},
		Wrong: func(login strategies.Credentials) strategies.Credentials {
			login["password"] = "wrong horse"
			return login
		},
		Change: func(n int) strategies.Credentials {
			return strategies.Credentials{"passwordDigest": hexMD5(changed(fmt.Sprint(n))), "passwordHasher": "md5"}
		},
		AdministratorsOnly: true,
		Secrets:            []string{"passwordDigest"},
		Planted: func(secret string) strategies.Credentials {
			return strategies.Credentials{
				"username": "ada-0", "passwordDigest": secret + "$" + hexMD5(secret+password("0")), "passwordHasher": "md5_salted",
			}
		},
		Text: []string{"username"},
	})
}
