package elasticsearch_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// authority signs the certificates of test servers.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// file is its certificate, as clients are given it.
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), name+".pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a certificate for an address that holds until a time.
func (a *authority) sign(t *testing.T, host string, until time.Time) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, IPAddresses: []net.IP{net.ParseIP(host)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Requests that the guard allows.
const (
	guardUser, guardPassword = "kuzzle", "correct horse"
	guardKey                 = "bXkta2V5OnNlY3JldA=="
	expiredKey               = "b2xkLWtleTpzZWNyZXQ="
	readerKey                = "cmVhZGVyOnNlY3JldA=="
)

// guard asks for credentials as Elasticsearch's security does, which the node of
// the tests has not.
func guard(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
	refuse := func(status int, reason string) bool {
		return estest.Refuse(status, "security_exception", reason, "")(w, r, nil)
	}
	user, password, basic := r.BasicAuth()
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "ApiKey") {
		key = ""
	}
	switch {
	case r.Header.Get("Authorization") == "":
		return refuse(401, "missing authentication credentials for REST request [/]")
	case basic && (user != guardUser || password != guardPassword):
		return refuse(401, "unable to authenticate user ["+user+"] for REST request [/]")
	case basic || key == guardKey:
		return false
	case key == expiredKey:
		return refuse(401, "api key is expired")
	case key == readerKey && r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/_mget"):
		return refuse(403, "action [indices:admin/create] is unauthorized for API key id [reader]")
	case key == readerKey:
		return false
	}
	return refuse(401, "unable to authenticate with provided credentials and anonymous access is not allowed")
}

// TestSecuredCluster: a cluster behind TLS of a private authority that requires
// credentials. Each mismatch is one line at once, with cause and remedy.
func TestSecuredCluster(t *testing.T) {
	ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
	l := estest.NewLine(t, node)
	l.Breaks(guard)
	secured := func(certificate tls.Certificate) string {
		server := httptest.NewUnstartedServer(l.Config.Handler)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
		server.Config.ErrorLog = quiet
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	url := secured(ours.sign(t, "127.0.0.1", time.Now().Add(time.Hour)))
	elsewhere := secured(ours.sign(t, "192.0.2.7", time.Now().Add(time.Hour)))
	expired := secured(ours.sign(t, "127.0.0.1", time.Now().Add(-time.Hour)))
	notPEM := filepath.Join(t.TempDir(), "ca.der")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	type o = elasticsearch.Options
	right := o{Addresses: []string{url}, CAFile: ours.file, Username: guardUser, Password: guardPassword}
	for _, c := range []struct {
		what   string
		change func(*o)
		want   []string // none: it works
	}{
		{"user and password", func(*o) {}, nil},
		{"API key", func(o *o) { o.Username, o.Password, o.APIKey = "", "", guardKey }, nil},
		{"wrong password", func(o *o) { o.Password = "wrong" }, []string{"refuses the user name or the password", "elasticsearch.password", "unable to authenticate user [kuzzle]"}},
		{"nothing", func(o *o) { o.Username, o.Password = "", "" }, []string{"requires credentials", "elasticsearch.apiKey"}},
		{"wrong API key", func(o *o) { o.Username, o.Password, o.APIKey = "", "", "d3Jvbmc6d3Jvbmc=" }, []string{"refuses the API key", "elasticsearch.apiKey"}},
		{"expired API key", func(o *o) { o.Username, o.Password, o.APIKey = "", "", expiredKey }, []string{"refuses the API key", "api key is expired"}},
		{"missing privileges", func(o *o) { o.Username, o.Password, o.APIKey = "", "", readerKey }, []string{"lacks a privilege", "manage, read and write", "indices:admin/create"}},
		{"no CA", func(o *o) { o.CAFile = "" }, []string{"an authority that this machine does not know", "elasticsearch.caFile"}},
		{"another CA", func(o *o) { o.CAFile = others.file }, []string{"not signed by the authority in " + others.file}},
		{"no CA file", func(o *o) { o.CAFile = "/no/such/file" }, []string{"CA file cannot be read", "PEM file"}},
		{"CA file that is none", func(o *o) { o.CAFile = notPEM }, []string{"has no certificate", "PEM file"}},
		{"another host's certificate", func(o *o) { o.Addresses = []string{elsewhere} }, []string{"certificate is not valid", "192.0.2.7"}},
		{"expired certificate", func(o *o) { o.Addresses = []string{expired} }, []string{"certificate is not valid", "expired"}},
		{"http where TLS is spoken", func(o *o) { o.Addresses = []string{strings.Replace(url, "https", "http", 1)} }, []string{"not Elasticsearch"}},
		{"TLS where http is spoken", func(o *o) { o.Addresses = []string{strings.Replace(l.URL, "http", "https", 1)} }, []string{"does not speak TLS", "http://"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			given := options()
			given.Addresses, given.CAFile, given.Username, given.Password = right.Addresses, right.CAFile, right.Username, right.Password
			c.change(&given)
			if c.want == nil {
				s := open(t, given)
				if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
					t.Error(err)
				}
				return
			}
			wantRefused(t, given, c.want...)
		})
	}
	t.Run("an account that may only read what is there", func(t *testing.T) {
		given := lent(t)
		open(t, given)
		given.Addresses, given.CAFile, given.APIKey = right.Addresses, right.CAFile, readerKey
		wantRefused(t, given, "lacks a privilege", "manage, read and write")
	})
}

// refuseWithin is how soon a start is refused.
const refuseWithin = 8 * time.Second

func wantRefused(t *testing.T, o elasticsearch.Options, want ...string) {
	t.Helper()
	begin := time.Now()
	s, err := elasticsearch.Open(t.Context(), o)
	var setup *elasticsearch.SetupError
	if s != nil || !errors.As(err, &setup) {
		t.Fatalf("got %v, want a refusal", err)
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got %q, want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, secret := range []string{guardPassword, guardKey, expiredKey, readerKey} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("a secret is told: %q", err)
		}
	}
	if took := time.Since(begin); took > refuseWithin {
		t.Errorf("refused after %v, want at most %v", took, refuseWithin)
	}
}

// TestRefusesToStart: a server that is not a suitable cluster is one line with a
// remedy.
func TestRefusesToStart(t *testing.T) {
	answer := func(product, version string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if product != "" {
				w.Header().Set("X-Elastic-Product", product)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"nodes":{"n":{"version":%q}}}`, version)
		}
	}
	page := func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>\nHello\n</html>") }
	for _, c := range []struct {
		what   string
		answer http.HandlerFunc
		want   string
	}{
		{"version 7", answer("Elasticsearch", "7.17.0", 200), "use version 8"},
		{"version 7 without the header", answer("", "7.10.2", 200), "use Elasticsearch 8"},
		{"version 9", answer("Elasticsearch", "9.1.0", 200), "use version 8"},
		{"an early version 8", answer("Elasticsearch", "8.1.3", 200), "upgrade it"},
		{"OpenSearch", answer("", "2.11.0", 200), "not Elasticsearch"},
		{"no version", answer("Elasticsearch", "", 200), "use version 8"},
		{"a web server", page, "not Elasticsearch"},
		{"a proxy without a cluster", answer("", "", 502), "not Elasticsearch"},
		{"a cluster that is unwell", answer("Elasticsearch", "", 503), "look at its health"},
	} {
		t.Run(c.what, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			o := options()
			o.Addresses = []string{server.URL}
			wantRefused(t, o, c.want)
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		o := options()
		o.Addresses = []string{"http://ada:secret@127.0.0.1:1", "http://127.0.0.1:2"}
		// The message names the addresses without the password.
		wantRefused(t, o, "check the addresses", "refused", "at http://127.0.0.1:1, http://127.0.0.1:2")
	})
	t.Run("silence", func(t *testing.T) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		o := options()
		o.Addresses = []string{"http://" + silent.Addr().String()}
		wantRefused(t, o, "no server answers", "check the addresses")
	})
}

// TestStartsWithoutSomeNodes: one address that answers is enough.
func TestStartsWithoutSomeNodes(t *testing.T) {
	o := options()
	o.Addresses = append([]string{"http://127.0.0.1:1", "http://127.0.0.1:2"}, node.Addresses...)
	s := open(t, o)
	for i := range 5 {
		if _, err := s.Commit(t.Context(), named(fmt.Sprint("u", i))); err != nil {
			t.Error(err)
		}
		if _, err := s.Get(t.Context(), storage.Users, fmt.Sprint("u", i)); err != nil {
			t.Error(err)
		}
	}
}
