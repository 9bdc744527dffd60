package network

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is the shortest time between two checks of a certificate's files;
// new connections cause the checks.
const lookEvery = time.Second

// Certificate is a certificate and its key, in files that may be replaced while
// the server runs.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	looked time.Time
	seen   [2]stamp
}

// stamp identifies the content of a file.
type stamp struct {
	at   time.Time
	size int64
}

// LoadCertificate reads a certificate chain and its key from PEM files.
// Replacements are logged.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, looked: time.Now(), seen: stamps(certFile, keyFile)}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls.cert and http.tls.key: %w: give a PEM file with the certificate and one with its key", err)
	}
	c.loaded = &pair
	return c, nil
}

// Config returns the TLS configuration with the certificate. Clients speak
// HTTP/1.1, because slots count connections, WebSockets need a connection each,
// and a proxy that speaks HTTP/2 to its clients uses HTTP/1.1 here.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil },
	}
}

// current returns the certificate in the files, or the last usable one if those
// have become unusable.
func (c *Certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.loaded
	}
	c.looked = now
	seen := stamps(c.certFile, c.keyFile)
	if seen == c.seen {
		return c.loaded
	}
	c.seen = seen
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the replaced certificate is not usable, the one before stays in use", "cert", c.certFile, "key", c.keyFile, "cause", err)
		return c.loaded
	}
	c.loaded = &pair
	c.log.Info("the certificate was replaced", "cert", c.certFile)
	return c.loaded
}

func stamps(files ...string) (found [2]stamp) {
	for i, file := range files {
		if info, err := os.Stat(file); err == nil {
			found[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return found
}
