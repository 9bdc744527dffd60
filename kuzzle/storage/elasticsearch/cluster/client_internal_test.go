package cluster

import (
	"strings"
	"testing"
)

// TestAddresses: a name and password in the first address go before those of the
// settings, and one that is no URL is refused without repeating it.
func TestAddresses(t *testing.T) {
	o := Access{Addresses: []string{"http://ada:secret@a:9200/", "http://b:9200"}, Username: "set", Password: "set"}
	urls, err := readAddresses(&o)
	if err != nil || len(urls) != 2 || urls[1].Host != "b:9200" || urls[0].Path != "" {
		t.Errorf("got %v, %v", urls, err)
	}
	if o.Username != "ada" || o.Password != "secret" {
		t.Errorf("the name is %q and the password %q, want those of the address", o.Username, o.Password)
	}
	_, err = readAddresses(&Access{Addresses: []string{"http://a:9200", "http://ada:secret@[b"}})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "2") {
		t.Errorf("got %v, want an error that names the second address and repeats none", err)
	}
}
