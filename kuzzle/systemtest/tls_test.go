package systemtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// certify writes a certificate for localhost with a common name, and has trusted
// believe it.
func certify(t *testing.T, certFile, keyFile, name string, trusted *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted.AddCert(certificate)
}

// TestTLS serves HTTP and WebSocket with a certificate of its own, takes up one
// that replaces it, and keeps the old one where the new one is of no use.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	trusted := x509.NewCertPool()
	certify(t, certFile, keyFile, "first", trusted)
	s := start(t, func(set *settings) { set.HTTP.TLS.Cert, set.HTTP.TLS.Key = certFile, keyFile })

	presented := func() (string, *http.Response) {
		t.Helper()
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "localhost"}}}
		res, err := client.Get("https://" + s.addr + "/_healthcheck")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.TLS.PeerCertificates[0].Subject.CommonName, res
	}
	if name, res := presented(); name != "first" || res.StatusCode != 200 || res.ProtoMajor != 1 {
		t.Errorf("got the certificate %q, status %d, HTTP/%d", name, res.StatusCode, res.ProtoMajor)
	}
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "localhost"}}
	socket, _, err := dialer.Dial("wss://"+s.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if a := (&wsClient{conn: socket}).send(t, call{controller: "server", action: "now", id: "encrypted"}); a.text("controller") != "server" {
		t.Errorf("over WebSocket: %s", a.raw)
	}

	if err := os.WriteFile(certFile, []byte("half of one"), 0o600); err != nil {
		t.Fatal(err)
	}
	logged(t, s, "the replaced certificate is not usable", func() { presented() })
	if name, _ := presented(); name != "first" {
		t.Errorf("a certificate of no use replaced the first: %q", name)
	}
	certify(t, certFile, keyFile, "second", trusted)
	logged(t, s, "the certificate was replaced", func() { presented() })
	if name, _ := presented(); name != "second" {
		t.Errorf("got the certificate %q, want the second", name)
	}
}

// logged repeats something until the log has a text.
func logged(t *testing.T, s *server, text string, do func()) {
	t.Helper()
	for late := time.Now().Add(20 * time.Second); !s.log.Has(text); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("the log does not say %q", text)
		}
		do()
	}
}

// TestTLSWhereNone tells the operator of clients that ask by https while the server has no certificate.
func TestTLSWhereNone(t *testing.T) {
	t.Parallel()
	s := start(t)
	for range 2 {
		if c, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true}); err == nil {
			c.Close()
			t.Fatal("a server without a certificate speaks TLS")
		}
	}
	if told := s.log.String(); strings.Count(told, "asked by https") != 1 {
		t.Errorf("the log has %s", told)
	}
	findings := mustJSON(s.operate(t, "server", "examine", nil, nil)["result"])
	if !strings.Contains(string(findings), "127.0.0.1 asked by https") || !strings.Contains(string(findings), "set http.tls.cert and http.tls.key") {
		t.Errorf("the findings are %s", findings)
	}
}
